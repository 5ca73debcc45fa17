using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Counts the wrong passwords that a node has seen.</summary>
internal static class RecordLoginFailuresRule
{
    public static Outcome Decide(RecordLoginFailures command, in EntryStamp stamp, IChatFacts facts)
    {
        Invariant.Holds(command.Failures.Count <= Limits.LoginFailuresPerCommandMax);

        // Those outlived first: then what is counted does not depend on when anything else came.
        facts.ForgetLoginFailures(stamp.TimeUs - Microseconds.Of(Limits.LoginFailureMemory));
        foreach (var failures in command.Failures)
        {
            Invariant.Holds(failures.Count is >= 1 and <= Limits.LoginFailuresMax);
            facts.AddLoginFailures(Bytes16.From(failures.NameHash.Span), failures.Count, stamp.TimeUs);
        }

        return Outcome.Done.Instance;
    }
}
