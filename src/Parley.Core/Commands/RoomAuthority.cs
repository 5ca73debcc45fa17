using Parley.Core.Facts;

namespace Parley.Core.Commands;

/// <summary>Who may do what in a room.</summary>
internal static class RoomAuthority
{
    /// <summary>The room and the caller's place in it.</summary>
    /// <returns>Why there is none for the caller: a room by invitation is not there for anyone outside.</returns>
    public static Rejection Enter(
        long number, long account, IChatFacts facts, out RoomFacts room, out RoomMemberFacts member)
    {
        (room, member) = (null!, null!);
        if (facts.FindRoom(number) is not { } found)
        {
            return Rejection.NotFound;
        }

        if (facts.FindRoomMember(number, account) is not { IsInside: true } inside)
        {
            return found.IsByInvitation ? Rejection.NotFound : Rejection.NotMember;
        }

        (room, member) = (found, inside);
        return Rejection.None;
    }

    /// <summary>The owner is above moderators, they are above members, those above who is outside.</summary>
    public static int Rank(RoomFacts room, RoomMemberFacts member) => member switch
    {
        _ when room.Owner == member.Account => 3,
        { Standing: RoomStanding.Moderator } => 2,
        { Standing: RoomStanding.Member } => 1,
        _ => 0,
    };

    public static bool IsModerator(RoomMemberFacts member) => member.Standing == RoomStanding.Moderator;
}
