using System.Globalization;
using Parley.Client;
using Parley.Terminal;

namespace Parley.Verbs.Rooms;

/// <summary>Rooms and who is in them, as lines for people and for scripts.</summary>
internal static class RoomText
{
    private const char Mark = '#';

    public static bool IsRoom(string name) => name.StartsWith(Mark);

    /// <summary>With the '#', in small letters.</summary>
    public static string NameOf(string typed) => Mark + typed.TrimStart(Mark).ToLowerInvariant();

    /// <summary>As the caller sees it now.</summary>
    public static async Task<RoomEntry> GetAsync(
        ParleySession session, string name, CancellationToken cancellationToken)
    {
        await foreach (var room in session.ListRoomsAsync(name[1..], onlyOwn: false, cancellationToken))
        {
            if (room.Name == name)
            {
                return room;
            }
        }

        throw new NotFoundException("NOT_FOUND", $"there is no room {Sanitizer.Line(name)}, or it is by invitation");
    }

    public static string Line(RoomEntry room)
    {
        var place = room.Place == RoomPlace.None ? "" : PlaceOf(room.Place);
        var kind = room.ByInvitation ? "by invitation" : "public";
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Sanitizer.Line(room.Name),-24} {kind,-13} {room.Members,4} {place,-9} {Sanitizer.Line(room.Topic)}");
        var unread = room.IsInside && room.Undelivered > 0
            ? string.Create(CultureInfo.InvariantCulture, $"  ({room.Undelivered} new)")
            : "";
        return line.TrimEnd() + unread;
    }

    public static string Line(RoomPerson person)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Sanitizer.Line(person.Name),-32} {PlaceOf(person.Place),-9} {person.DeliveredSequence,6}");
        return line + (person.Muted ? " muted" : "") + (person.Barred ? " removed" : "");
    }

    public static string Json(RoomEntry room) => JsonLines.Write(json =>
    {
        json.WriteString("name", room.Name);
        json.WriteString("conversation", room.Conversation);
        json.WriteBoolean("by_invitation", room.ByInvitation);
        json.WriteString("topic", room.Topic);
        json.WriteString("owner", room.Owner);
        json.WriteNumber("members", room.Members);
        json.WriteNumber("retention_days", room.RetentionDays);
        json.WriteNumber("undelivered", room.Undelivered);
        json.WriteString("place", PlaceOf(room.Place));
        json.WriteBoolean("muted", room.Muted);
    });

    public static string Json(RoomPerson person) => JsonLines.Write(json =>
    {
        json.WriteString("name", person.Name);
        json.WriteString("place", PlaceOf(person.Place));
        json.WriteBoolean("muted", person.Muted);
        json.WriteBoolean("removed", person.Barred);
        json.WriteNumber("delivered_sequence", person.DeliveredSequence);
    });

    private static string PlaceOf(RoomPlace place) => place switch
    {
        RoomPlace.Outside => "outside",
        RoomPlace.Invited => "invited",
        RoomPlace.Member => "member",
        RoomPlace.Moderator => "moderator",
        RoomPlace.Owner => "owner",
        _ => "none",
    };
}
