using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Who is in a room, and as what: what people do about themselves, and moderators about others.</summary>
internal static class ChangeRoomMemberRule
{
    public static Outcome Decide(ChangeRoomMember command, EntryStamp stamp, IChatFacts facts) => RoomRequests.Once(
        command.Session, command.RequestId, stamp, facts,
        account => (command.Room, Change(command, account, stamp, facts)));

    private static Rejection Change(
        ChangeRoomMember command, long caller, in EntryStamp stamp, IChatFacts facts)
    {
        if (facts.FindRoom(command.Room) is not { } room)
        {
            return Rejection.NotFound;
        }

        return command.Change switch
        {
            RoomMemberChange.Join => RoomDoor.Join(room, caller, stamp, facts),
            RoomMemberChange.Leave => RoomDoor.Leave(room, caller, stamp, facts),
            RoomMemberChange.Invite => Invite(room, caller, command.Account, stamp, facts),
            _ => ChangeOther(command, caller, stamp, facts),
        };
    }

    private static Rejection Invite(
        RoomFacts room, long caller, long invited, in EntryStamp stamp, IChatFacts facts)
    {
        var refusal = RoomAuthority.Enter(room.Number, caller, facts, out _, out var member);
        if (refusal != Rejection.None)
        {
            return refusal;
        }

        if (facts.FindAccount(invited) is null)
        {
            return Rejection.NotFound;
        }

        var place = facts.FindRoomMember(room.Number, invited);
        if (place is { IsInside: true } or { Standing: RoomStanding.Invited })
        {
            return Rejection.None;
        }

        if (!RoomAuthority.IsModerator(member) && (room.IsByInvitation || place is { IsBarred: true }))
        {
            return Rejection.RoomRoleNeeded;
        }

        if (!RoomDoor.HasPlaceForInvitation(room, place, facts))
        {
            return Rejection.RoomFull;
        }

        facts.PutRoomMember(new RoomMemberFacts(room.Number, invited, RoomStanding.Invited)
        {
            IsMuted = place is { IsMuted: true },
            Since = stamp.Index,
        });
        return Rejection.None;
    }

    private static Rejection ChangeOther(
        ChangeRoomMember command, long caller, in EntryStamp stamp, IChatFacts facts)
    {
        var refusal = RoomAuthority.Enter(command.Room, caller, facts, out var room, out var member);
        if (refusal != Rejection.None)
        {
            return refusal;
        }

        if (facts.FindRoomMember(room.Number, command.Account) is not { } other || !IsMeant(command.Change, other))
        {
            return Rejection.NotFound;
        }

        return command.Change switch
        {
            RoomMemberChange.Remove or RoomMemberChange.Mute or RoomMemberChange.Unmute =>
                Moderate(command.Change, room, member, other, stamp, facts),
            _ => Appoint(command.Change, room, member, other, facts),
        };
    }

    /// <summary>Some is done to members alone.</summary>
    private static bool IsMeant(RoomMemberChange change, RoomMemberFacts other) => change switch
    {
        RoomMemberChange.Remove => other.Standing != RoomStanding.Outside,
        RoomMemberChange.Unmute => true,
        _ => other.IsInside,
    };

    /// <summary>By a moderator, to one below.</summary>
    private static Rejection Moderate(
        RoomMemberChange change,
        RoomFacts room,
        RoomMemberFacts moderator,
        RoomMemberFacts other,
        in EntryStamp stamp,
        IChatFacts facts)
    {
        if (!RoomAuthority.IsModerator(moderator)
            || RoomAuthority.Rank(room, other) >= RoomAuthority.Rank(room, moderator))
        {
            return Rejection.RoomRoleNeeded;
        }

        if (change == RoomMemberChange.Remove)
        {
            var isBarred = !room.IsByInvitation && other.IsInside;
            if (isBarred && !RoomDoor.HasPlaceForBar(room, facts))
            {
                return Rejection.RoomFull;
            }

            RoomDoor.PutOutside(room, other with { IsBarred = isBarred }, stamp, facts);
            return Rejection.None;
        }

        var changed = other with { IsMuted = change == RoomMemberChange.Mute };
        if (changed.Standing == RoomStanding.Outside)
        {
            RoomDoor.PutOutside(room, changed, stamp, facts);
        }
        else
        {
            facts.PutRoomMember(changed);
        }

        return Rejection.None;
    }

    /// <summary>By the owner.</summary>
    private static Rejection Appoint(
        RoomMemberChange change, RoomFacts room, RoomMemberFacts owner, RoomMemberFacts other, IChatFacts facts)
    {
        if (room.Owner != owner.Account)
        {
            return Rejection.RoomRoleNeeded;
        }

        switch (change)
        {
            case RoomMemberChange.MakeModerator:
                facts.PutRoomMember(other with { Standing = RoomStanding.Moderator });
                return Rejection.None;
            case RoomMemberChange.MakeMember when other.Account != owner.Account:
                facts.PutRoomMember(other with { Standing = RoomStanding.Member });
                return Rejection.None;
            case RoomMemberChange.MakeMember:
                return Rejection.RoomRoleNeeded;
            case RoomMemberChange.MakeOwner:
                facts.PutRoomMember(other with { Standing = RoomStanding.Moderator, IsMuted = false });
                facts.ChangeRoom(room with { Owner = other.Account });
                return Rejection.None;
            default:
                throw new InvariantBrokenException("every known change has a rule");
        }
    }
}
