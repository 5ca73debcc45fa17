using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Gives a further process of a session a client number; a repeat gets the same one.</summary>
internal static class OpenClientRule
{
    public static Outcome Decide(OpenClient command, in EntryStamp stamp, IChatFacts facts)
    {
        if (facts.FindLiveSession(command.Session) is not { } session)
        {
            return new Outcome.Rejected(Rejection.SessionEnded);
        }

        var requestId = Bytes16.From(command.RequestId.Span);
        if (facts.FindClient(session.Account, session.Number, requestId) is { } client)
        {
            return new Outcome.ClientOpened(client.Number, client.LastCounter);
        }

        return ClientRoom.Has(session.Account, stamp, facts)
            ? new Outcome.ClientOpened(facts.AddClient(session.Account, session.Number, requestId), LastCounter: 0)
            : new Outcome.Rejected(Rejection.TooManyClients);
    }
}
