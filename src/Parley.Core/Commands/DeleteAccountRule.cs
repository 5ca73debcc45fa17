using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Deletes the account that its live session asks to delete: what is undelivered to it goes, its name is
/// free, what it sent stays.</summary>
internal static class DeleteAccountRule
{
    public static Outcome Decide(DeleteAccount command, in EntryStamp stamp, IChatFacts facts)
    {
        if (facts.FindLiveSession(command.Session) is not { } session)
        {
            return new Outcome.Rejected(Rejection.SessionEnded);
        }

        if (session.Account != command.Account)
        {
            return new Outcome.Rejected(Rejection.NotFound);
        }

        if (IsNeeded(session.Account, facts))
        {
            return new Outcome.Rejected(Rejection.LastAdministrator);
        }

        facts.EndSession(session.Number, forgetClients: true, stamp.TimeUs);
        RoomDoor.LeaveAll(session.Account, stamp, facts);
        facts.DeleteAccount(session.Account, stamp.TimeUs);
        return Outcome.Done.Instance;
    }

    /// <summary>While others are there, somebody must be left to let people in, and to change settings.</summary>
    private static bool IsNeeded(long account, IChatFacts facts) =>
        facts.FindAccount(account) is { CanAdminister: true }
        && facts.CountAdministrators() == 1
        && facts.CountAccounts() > 1;
}
