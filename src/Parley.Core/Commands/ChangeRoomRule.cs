using System.Text;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Changes a room's topic (moderators) or retention (the owner).</summary>
internal static class ChangeRoomRule
{
    public static Outcome Decide(ChangeRoom command, EntryStamp stamp, IChatFacts facts) => RoomRequests.Once(
        command.Session, command.RequestId, stamp, facts,
        account => (command.Room, Change(command, account, facts)));

    private static Rejection Change(ChangeRoom command, long account, IChatFacts facts)
    {
        Invariant.Holds(Encoding.UTF8.GetByteCount(command.Topic) <= Limits.RoomTopicBytesMax);
        Invariant.Holds(command.RetentionDays is >= 0 and <= Limits.RetentionDaysMax);
        var refusal = RoomAuthority.Enter(command.Room, account, facts, out var room, out var member);
        if (refusal != Rejection.None)
        {
            return refusal;
        }

        if (!RoomAuthority.IsModerator(member) || (command.HasRetentionDays && room.Owner != account))
        {
            return Rejection.RoomRoleNeeded;
        }

        facts.ChangeRoom(room with
        {
            Topic = command.HasTopic ? command.Topic : room.Topic,
            RetentionDays = command.HasRetentionDays ? command.RetentionDays : room.RetentionDays,
        });
        return Rejection.None;
    }
}
