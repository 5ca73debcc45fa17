using Google.Protobuf;
using Parley.Core;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <content>Rooms.</content>
internal sealed partial class NaiveChat
{
    private readonly Dictionary<(long Account, ByteString Id), (Outcome Outcome, long At)> roomRequests = [];

    public List<NaiveRoom> Rooms { get; } = [];

    public NaiveRoom? Room(long number) => Rooms.Find(each => each.Talk.Number == number);

    public bool IsInside(long room, long account) =>
        Room(room) is { } found && found.People.TryGetValue(account, out var place) && place.IsInside;

    public IEnumerable<NaiveMessage> UndeliveredInRooms(long account) =>
        Rooms.Where(room => IsInside(room.Talk.Number, account)).SelectMany(room =>
            room.Talk.Kept.Where(message => message.Sequence > room.People[account].Delivered));

    public IEnumerable<(string, string, string, int, long, RoomStanding, bool, long)> VisibleRooms(long account) =>
        from room in Rooms.OrderBy(room => room.Name, StringComparer.Ordinal)
        let place = room.People.GetValueOrDefault(account) ?? new NaivePlace()
        where !room.IsClosed && (!room.ByInvitation || place.Standing > RoomStanding.Outside)
        select (room.Name, room.Topic, Accounts[(int)room.Owner - 1].Name,
            room.People.Values.Count(who => who.IsInside), room.Talk.Head, place.Standing, place.Muted,
            place.Delivered);

    public IEnumerable<(string, RoomStanding, bool, bool, bool, long)> MembersOf(NaiveRoom room) =>
        from each in room.People
        let name = Accounts[(int)each.Key - 1].Name
        orderby name
        select (name, each.Value.Standing, each.Key == room.Owner, each.Value.Muted, each.Value.Barred,
            each.Value.Delivered);

    private Outcome Once(long session, ByteString id, Func<long, (long Room, Rejection Why)> decide)
    {
        if (Live(session) is not { Account: var account })
        {
            return No(Rejection.SessionEnded);
        }

        if (!roomRequests.TryGetValue((account, id), out var known))
        {
            var (room, why) = decide(account);
            known = (why == Rejection.None ? new Outcome.ConversationChanged(room) : No(why), now);
            roomRequests.Add((account, id), known);
        }

        return known.Outcome;
    }

    private void ForgetRoomRequests(long until)
    {
        foreach (var old in roomRequests.Where(each => each.Value.At <= until).Select(each => each.Key).ToArray())
        {
            roomRequests.Remove(old);
        }
    }

    private Outcome CreateRoom(CreateRoom command) => Once(command.Session, command.RequestId, account =>
    {
        if (Rooms.Exists(each => !each.IsClosed && each.Name == command.Name))
        {
            return (0, Rejection.RoomNameTaken);
        }

        var number = Conversations.Count + 1;
        var room = new NaiveRoom(command.Name, command.ByInvitation, new NaiveConversation(number, 0, -number))
        {
            Topic = command.Topic,
            Owner = account,
        };
        room.People[account] = new NaivePlace { Standing = RoomStanding.Moderator, Since = index, First = 1 };
        Conversations.Add(room.Talk);
        Rooms.Add(room);
        return (number, Rejection.None);
    });

    private Outcome ChangeRoom(ChangeRoom command) => Once(command.Session, command.RequestId, account =>
    {
        if (Enter(command.Room, account) is var why and not Rejection.None)
        {
            return (command.Room, why);
        }

        var room = Room(command.Room)!;
        if (Rank(room, account) < (command.HasRetentionDays ? 3 : 2))
        {
            return (command.Room, Rejection.RoomRoleNeeded);
        }

        room.Topic = command.HasTopic ? command.Topic : room.Topic;
        room.Days = command.HasRetentionDays ? command.RetentionDays : room.Days;
        return (command.Room, Rejection.None);
    });

    private Outcome ChangeMember(ChangeRoomMember command) => Once(command.Session, command.RequestId, account =>
        (command.Room, Room(command.Room) is not { IsClosed: false } room ? Rejection.NotFound : command.Change switch
        {
            RoomMemberChange.Join => Join(room, account),
            RoomMemberChange.Leave => LeaveByOwnWill(room, account),
            RoomMemberChange.Invite => Invite(room, account, command.Account),
            _ => ChangeOther(room, account, command.Account, command.Change),
        }));

    /// <summary>A closed room that holds nothing any more.</summary>
    private bool IsGone(NaiveConversation talk) =>
        Room(talk.Number) is { IsClosed: true } && talk.FirstKept > talk.Head;

    private Rejection Enter(long number, long account)
    {
        if (Room(number) is not { IsClosed: false } room)
        {
            return Rejection.NotFound;
        }

        return IsInside(number, account) ? Rejection.None
            : room.ByInvitation ? Rejection.NotFound : Rejection.NotMember;
    }

    private static int Rank(NaiveRoom room, long account) =>
        room.Owner == account
            ? 3
            : Math.Max(0, (int)(room.People.GetValueOrDefault(account)?.Standing ?? RoomStanding.None) - 2);

    private Rejection Join(NaiveRoom room, long account)
    {
        var place = room.People.GetValueOrDefault(account);
        if (place is { IsInside: true })
        {
            return Rejection.None;
        }

        if (room.ByInvitation && place is not { Standing: RoomStanding.Invited })
        {
            return Rejection.NotFound;
        }

        if (place is { Barred: true })
        {
            return Rejection.Barred;
        }

        room.People[account] = new NaivePlace
        {
            Standing = RoomStanding.Member,
            Muted = place is { Muted: true },
            Since = index,
            First = room.ByInvitation ? room.Talk.Head + 1 : 1,
            Delivered = room.Talk.Head,
        };
        return Rejection.None;
    }

    private static Rejection LeaveByOwnWill(NaiveRoom room, long account)
    {
        if (room.People.GetValueOrDefault(account) is not { Standing: > RoomStanding.Outside } place)
        {
            return room.ByInvitation ? Rejection.NotFound : Rejection.NotMember;
        }

        Leave(room, account, place.Muted, barred: false);
        return Rejection.None;
    }

    private static void Leave(NaiveRoom room, long account, bool muted, bool barred)
    {
        room.People.Remove(account);
        if (muted || barred)
        {
            room.People[account] = new NaivePlace { Standing = RoomStanding.Outside, Muted = muted, Barred = barred };
        }

        if (room.Owner == account)
        {
            var next = room.People.Where(each => each.Value.IsInside)
                .OrderByDescending(each => each.Value.Standing).ThenBy(each => each.Value.Since).ToArray();
            room.IsClosed = next.Length == 0;
            room.Owner = room.IsClosed ? 0 : next[0].Key;
            if (!room.IsClosed)
            {
                next[0].Value.Standing = RoomStanding.Moderator;
                next[0].Value.Muted = false;
            }
        }
    }

    private void LeaveRooms(long account)
    {
        foreach (var room in Rooms.Where(each => each.People.ContainsKey(account)))
        {
            Leave(room, account, muted: false, barred: false);
        }
    }

    private Rejection Invite(NaiveRoom room, long account, long invited)
    {
        if (Enter(room.Talk.Number, account) is var why and not Rejection.None)
        {
            return why;
        }

        if (Living(invited) is null)
        {
            return Rejection.NotFound;
        }

        var place = room.People.GetValueOrDefault(invited);
        if (place is { Standing: > RoomStanding.Outside })
        {
            return Rejection.None;
        }

        if (Rank(room, account) < 2 && (room.ByInvitation || place is { Barred: true }))
        {
            return Rejection.RoomRoleNeeded;
        }

        room.People[invited] = new NaivePlace { Standing = RoomStanding.Invited, Muted = place is { Muted: true } };
        return Rejection.None;
    }

    private Rejection ChangeOther(NaiveRoom room, long account, long other, RoomMemberChange change)
    {
        if (Enter(room.Talk.Number, account) is var why and not Rejection.None)
        {
            return why;
        }

        var least = change switch
        {
            RoomMemberChange.Unmute => RoomStanding.Outside,
            RoomMemberChange.Remove => RoomStanding.Invited,
            _ => RoomStanding.Member,
        };
        if (room.People.GetValueOrDefault(other) is not { } place || place.Standing < least)
        {
            return Rejection.NotFound;
        }

        if (change is RoomMemberChange.Remove or RoomMemberChange.Mute or RoomMemberChange.Unmute
            ? Rank(room, account) < 2 || Rank(room, other) >= Rank(room, account)
            : room.Owner != account || (change == RoomMemberChange.MakeMember && other == account))
        {
            return Rejection.RoomRoleNeeded;
        }

        switch (change)
        {
            case RoomMemberChange.Remove:
                Leave(room, other, place.Muted, barred: !room.ByInvitation && place.IsInside);
                break;
            case RoomMemberChange.Mute or RoomMemberChange.Unmute when place.Standing > RoomStanding.Outside:
                place.Muted = change == RoomMemberChange.Mute;
                break;
            case RoomMemberChange.Unmute:
                Leave(room, other, muted: false, place.Barred);
                break;
            default:
                room.Owner = change == RoomMemberChange.MakeOwner ? other : room.Owner;
                place.Muted &= change != RoomMemberChange.MakeOwner;
                place.Standing = change == RoomMemberChange.MakeMember ? RoomStanding.Member : RoomStanding.Moderator;
                break;
        }

        return Rejection.None;
    }

    private Outcome Say(SendMessage command, long sender)
    {
        if (Enter(command.Room, sender) is var why and not Rejection.None)
        {
            return No(why);
        }

        var room = Room(command.Room)!;
        if (room.People[sender].Muted)
        {
            return No(Rejection.Muted);
        }

        var message = new NaiveMessage(command.Room, room.Talk.Head + 1, sender, command.Text, now, index);
        room.Talk.Messages.Add(message);
        return new Outcome.MessageStored(command.Room, message.Sequence, now, index);
    }

    /// <summary>Up to the last message of a day that is over long enough, or to the head.</summary>
    private long Droppable(NaiveRoom room)
    {
        if (room.IsClosed)
        {
            return room.Talk.Head;
        }

        if (room.Days == 0 && Settings.Retention == RetentionKind.Forever)
        {
            return 0;
        }

        var day = TimeSpan.TicksPerDay / 10;
        var until = now - ((room.Days > 0 ? room.Days : Limits.RetentionDays) * day);
        return room.Talk.Messages.Where(message => message.SentAtUs <= until
            && (message.Sequence == room.Talk.Head
                || room.Talk.Messages[(int)message.Sequence].SentAtUs / day != message.SentAtUs / day))
            .Select(message => message.Sequence).DefaultIfEmpty(0).Max();
    }
}
