using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Notes when nodes last heard from sessions with long leases; only forward, never into the future.</summary>
internal static class TouchSessionsRule
{
    public static Outcome Decide(TouchSessions command, in EntryStamp stamp, IChatFacts facts)
    {
        Invariant.Holds(command.Sessions.Count <= Limits.SessionsPerCommandMax);
        foreach (var heard in command.Sessions)
        {
            var touchedAtUs = Math.Min(heard.TouchedAtUs, stamp.TimeUs);
            if (facts.FindLiveSession(heard.Session) is { } session && touchedAtUs > session.TouchedAtUs)
            {
                facts.TouchSession(session.Number, touchedAtUs);
            }
        }

        return Outcome.Done.Instance;
    }
}
