using Parley.Core.Facts;

namespace Parley.Core.Commands;

/// <summary>How accounts come into a room and out of it.</summary>
internal static class RoomDoor
{
    /// <summary>A public room's history is there from the beginning, one by invitation begins with the joining. What
    /// was said before is nobody's undelivered message.</summary>
    public static Rejection Join(RoomFacts room, long account, in EntryStamp stamp, IChatFacts facts)
    {
        var place = facts.FindRoomMember(room.Number, account);
        if (place is { IsInside: true })
        {
            return Rejection.None;
        }

        if (room.IsByInvitation && place is not { Standing: RoomStanding.Invited })
        {
            return Rejection.NotFound;
        }

        if (place is { IsBarred: true })
        {
            return Rejection.Barred;
        }

        if (room.Members >= Limits.RoomMembersMax)
        {
            return Rejection.RoomFull;
        }

        if (facts.CountRooms(account) >= Limits.RoomsPerAccountMax)
        {
            return Rejection.TooManyRooms;
        }

        var head = facts.FindConversation(room.Number)?.HeadSequence ?? 0;
        facts.PutRoomMember(new RoomMemberFacts(room.Number, account, RoomStanding.Member)
        {
            IsMuted = place is { IsMuted: true },
            Since = stamp.Index,
            FirstSequence = room.IsByInvitation ? head + 1 : 1,
            Delivered = head,
        });
        return Rejection.None;
    }

    public static Rejection Leave(RoomFacts room, long account, in EntryStamp stamp, IChatFacts facts)
    {
        var place = facts.FindRoomMember(room.Number, account);
        if (place is null or { Standing: RoomStanding.Outside })
        {
            return room.IsByInvitation ? Rejection.NotFound : Rejection.NotMember;
        }

        PutOutside(room, place, stamp, facts);
        return Rejection.None;
    }

    /// <summary>A deleted account leaves every room, and nothing is remembered of it.</summary>
    public static void LeaveAll(long account, in EntryStamp stamp, IChatFacts facts)
    {
        foreach (var number in facts.GetRooms(account))
        {
            if (facts.FindRoom(number) is { } room && facts.FindRoomMember(number, account) is { } place)
            {
                PutOutside(room, place with { IsMuted = false, IsBarred = false }, stamp, facts);
            }
        }
    }

    /// <summary>Out of the room, or not invited any more; remembered only where that matters.</summary>
    public static void PutOutside(RoomFacts room, RoomMemberFacts place, in EntryStamp stamp, IChatFacts facts)
    {
        if (place.IsMuted || place.IsBarred)
        {
            MakePlaceOutside(room, place.Account, facts);
            facts.PutRoomMember(new RoomMemberFacts(room.Number, place.Account, RoomStanding.Outside)
            {
                IsMuted = place.IsMuted,
                IsBarred = place.IsBarred,
                Since = stamp.Index,
            });
        }
        else
        {
            facts.ForgetRoomMember(room.Number, place.Account);
        }

        if (room.Owner == place.Account)
        {
            PassOn(room.Number, facts);
        }
    }

    /// <summary>To the moderator, else the member, who has been in it longest; an empty room closes. Nobody stands
    /// above an owner who could let it talk again: it is not muted any more.</summary>
    private static void PassOn(long number, IChatFacts facts)
    {
        var next = facts.GetRoomMembers(number).Where(member => member.IsInside)
            .OrderByDescending(member => member.Standing).ThenBy(member => member.Since).FirstOrDefault();
        if (next is null)
        {
            facts.CloseRoom(number);
            return;
        }

        facts.PutRoomMember(next with { Standing = RoomStanding.Moderator, IsMuted = false });
        facts.ChangeRoom(facts.FindRoom(number)! with { Owner = next.Account });
    }

    /// <summary>Where too many are remembered outside, the one of longest ago is forgotten: invitations stay.</summary>
    private static void MakePlaceOutside(RoomFacts room, long account, IChatFacts facts)
    {
        var members = facts.GetRoomMembers(room.Number);
        if (members.Count - room.Members < Limits.RoomOutsidersMax)
        {
            return;
        }

        var oldest = members.Where(member => member.Standing == RoomStanding.Outside && member.Account != account)
            .MinBy(member => member.Since);
        if (oldest is not null)
        {
            facts.ForgetRoomMember(room.Number, oldest.Account);
        }
    }
}
