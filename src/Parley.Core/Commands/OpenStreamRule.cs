using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Opens a session's delivery stream; only a larger number than any before wins. A second copy of the same
/// opening (a node proposes again what it waits for, also after a snapshot) gets the first answer.</summary>
internal static class OpenStreamRule
{
    public static Outcome Decide(OpenStream command, IChatFacts facts)
    {
        if (facts.FindLiveSession(command.Session) is not { } session)
        {
            return new Outcome.Rejected(Rejection.SessionEnded);
        }

        if (command.StreamNumber <= session.StreamNumber)
        {
            if (command.StreamNumber == session.StreamNumber
                && command.Nonce != 0
                && command.Nonce == facts.GetStreamNonce(session.Number))
            {
                return Outcome.Done.Instance;
            }

            return new Outcome.Rejected(Rejection.StreamReplaced);
        }

        facts.OpenStream(session.Number, command.StreamNumber, command.Nonce);
        return Outcome.Done.Instance;
    }
}
