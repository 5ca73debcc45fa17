using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Opens a session's delivery stream; only a larger number than any before wins.</summary>
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
            return new Outcome.Rejected(Rejection.StreamReplaced);
        }

        facts.OpenStream(session.Number, command.StreamNumber);
        return Outcome.Done.Instance;
    }
}
