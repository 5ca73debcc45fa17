using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Raises the state version; a repeat or a late copy changes nothing.</summary>
internal static class RaiseVersionRule
{
    public static Outcome Decide(RaiseVersion command, IChatFacts facts)
    {
        if (command.StateVersion > facts.StateVersion)
        {
            facts.RaiseVersion(checked((int)command.StateVersion));
        }

        return Outcome.Done.Instance;
    }
}
