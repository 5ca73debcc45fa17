using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Ends a device token of the caller's account, and the session that was opened with it.</summary>
internal static class RevokeTokenRule
{
    public static Outcome Decide(RevokeToken command, in EntryStamp stamp, IChatFacts facts)
    {
        if (facts.FindLiveSession(command.Session) is not { } session)
        {
            return new Outcome.Rejected(Rejection.SessionEnded);
        }

        if (facts.FindDeviceToken(command.Token) is not { } token || token.Account != session.Account)
        {
            return new Outcome.Rejected(Rejection.NotFound);
        }

        if (facts.FindLiveSession(token.Session) is { } opened)
        {
            facts.EndSession(opened.Number, forgetClients: false, stamp.TimeUs);
        }

        facts.RevokeDeviceToken(token.Number, stamp.TimeUs);
        return Outcome.Done.Instance;
    }
}
