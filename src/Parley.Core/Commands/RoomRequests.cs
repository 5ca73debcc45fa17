using Google.Protobuf;
using Parley.Core.Facts;

namespace Parley.Core.Commands;

/// <summary>Decides a command about a room, or about a message, once for its request id: whatever copy comes later,
/// however late, gets the first outcome and changes nothing.</summary>
internal static class RoomRequests
{
    /// <param name="session">The session that asks.</param>
    /// <param name="requestId">16 bytes.</param>
    /// <param name="stamp">The entry's.</param>
    /// <param name="facts">The state.</param>
    /// <param name="decide">Does it for an account: the room or conversation, and why not, or none.</param>
    public static Outcome Once(
        long session,
        ByteString requestId,
        in EntryStamp stamp,
        IChatFacts facts,
        Func<long, (long Room, Rejection Refusal)> decide)
    {
        if (facts.FindLiveSession(session) is not { } live)
        {
            return new Outcome.Rejected(Rejection.SessionEnded);
        }

        var id = Bytes16.From(requestId.Span);
        if (facts.FindRoomRequest(live.Account, id) is { } known)
        {
            return known.Outcome;
        }

        var (room, refusal) = decide(live.Account);
        var request = new RoomRequest(stamp.Index, live.Account, id, refusal, room, stamp.TimeUs);
        facts.RememberRoomRequest(request);
        return request.Outcome;
    }
}
