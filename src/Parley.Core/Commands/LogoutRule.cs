using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Ends a session; with an empty outbox its clients are forgotten at once.</summary>
internal static class LogoutRule
{
    public static Outcome Decide(Logout command, in EntryStamp stamp, IChatFacts facts)
    {
        if (facts.FindLiveSession(command.Session) is not { } session)
        {
            return new Outcome.Rejected(Rejection.SessionEnded);
        }

        facts.EndSession(session.Number, command.OutboxEmpty, stamp.TimeUs);
        return Outcome.Done.Instance;
    }
}
