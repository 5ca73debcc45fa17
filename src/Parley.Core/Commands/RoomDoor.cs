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
            MakePlaceOutside(room, place, facts);
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

    /// <summary>One more may be invited.</summary>
    /// <param name="room">To it.</param>
    /// <param name="place">What the invited is to the room now.</param>
    /// <param name="facts">The state.</param>
    public static bool HasPlaceForInvitation(RoomFacts room, RoomMemberFacts? place, IChatFacts facts)
    {
        var members = facts.GetRoomMembers(room.Number);
        return facts.StateVersion >= StateVersions.LastingBars
            ? members.Count(member => member.Standing == RoomStanding.Invited) < Limits.RoomOutsidersMax
            : place is not null || members.Count - room.Members < Limits.RoomOutsidersMax;
    }

    /// <summary>One more may be barred: no bar is forgotten for another, only lifted by a moderator's invitation.
    /// </summary>
    public static bool HasPlaceForBar(RoomFacts room, IChatFacts facts) =>
        facts.StateVersion < StateVersions.LastingBars
        || facts.GetRoomMembers(room.Number).Count(member => member.IsBarred) < Limits.RoomOutsidersMax;

    /// <summary>Where too many are remembered as muted outside, the one of longest ago is forgotten.</summary>
    private static void MakePlaceOutside(RoomFacts room, RoomMemberFacts place, IChatFacts facts)
    {
        var members = facts.GetRoomMembers(room.Number);
        var others = members.Where(member =>
            member.Standing == RoomStanding.Outside && member.Account != place.Account);
        bool isFull;
        if (facts.StateVersion >= StateVersions.LastingBars)
        {
            others = others.Where(member => !member.IsBarred);
            isFull = !place.IsBarred && others.Count() >= Limits.RoomOutsidersMax;
        }
        else
        {
            isFull = members.Count - room.Members >= Limits.RoomOutsidersMax;
        }

        if (isFull && others.MinBy(member => member.Since) is { } oldest)
        {
            facts.ForgetRoomMember(room.Number, oldest.Account);
        }
    }
}
