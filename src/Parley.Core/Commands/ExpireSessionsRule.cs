using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Ends the sessions whose clients fell silent, unless one was touched since the leader looked.</summary>
internal static class ExpireSessionsRule
{
    public static Outcome Decide(ExpireSessions command, in EntryStamp stamp, IChatFacts facts)
    {
        Invariant.Holds(command.Sessions.Count <= Limits.SessionsPerCommandMax);
        foreach (var silent in command.Sessions)
        {
            if (facts.FindLiveSession(silent.Session) is { } session && session.TouchedAtUs == silent.TouchedAtUs)
            {
                facts.EndSession(session.Number, forgetClients: false, stamp.TimeUs);
            }
        }

        return Outcome.Done.Instance;
    }
}
