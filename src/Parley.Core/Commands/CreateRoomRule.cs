using System.Text;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Makes a room, with the caller as its owner and only member.</summary>
internal static class CreateRoomRule
{
    public static Outcome Decide(CreateRoom command, EntryStamp stamp, IChatFacts facts) => RoomRequests.Once(
        command.Session, command.RequestId, stamp, facts, account => Create(command, account, stamp, facts));

    private static (long Room, Rejection Refusal) Create(
        CreateRoom command, long account, in EntryStamp stamp, IChatFacts facts)
    {
        Invariant.Holds(command.Name.Length is > 0 and <= Limits.NameCharactersMax);
        Invariant.Holds(Encoding.UTF8.GetByteCount(command.Topic) <= Limits.RoomTopicBytesMax);
        if (facts.FindRoom(command.Name) is not null)
        {
            return (0, Rejection.RoomNameTaken);
        }

        if (facts.CountRooms() >= Limits.RoomsMax || facts.CountRooms(account) >= Limits.RoomsPerAccountMax)
        {
            return (0, Rejection.TooManyRooms);
        }

        var room = facts.AddRoom(command.Name, command.ByInvitation, command.Topic, account, stamp.TimeUs);
        facts.PutRoomMember(new RoomMemberFacts(room.Number, account, RoomStanding.Moderator)
        {
            Since = stamp.Index,
            FirstSequence = 1,
        });
        return (room.Number, Rejection.None);
    }
}
