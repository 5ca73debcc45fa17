using System.Globalization;
using Parley.Client;
using Parley.Terminal;
using Parley.Verbs.Messaging;

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

    /// <param name="room">As the caller sees it.</param>
    /// <param name="unread">What is unread in it; null: nothing.</param>
    public static string Line(RoomEntry room, ConversationEntry? unread)
    {
        var place = room.Place == RoomPlace.None ? "" : PlaceOf(room.Place);
        var count = !room.IsInside ? "" : unread is null ? "0" : ConversationText.Unread(unread);
        var kind = room.ByInvitation ? "by invitation" : "public";
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Sanitizer.Line(room.Name),-24} {kind,-13} {room.Members,4} {place,-9} {count,6}");
        return $"{line} {Sanitizer.Line(room.Topic)}".TrimEnd();
    }

    /// <summary>Short, for terminals of any width.</summary>
    /// <param name="room">As the caller sees it.</param>
    /// <param name="unread">How much is unread in it; empty: nothing.</param>
    public static string Short(RoomEntry room, string unread)
    {
        string[] parts =
        [
            room.ByInvitation ? "by invitation" : "",
            string.Create(CultureInfo.InvariantCulture, $"{room.Members} in it"),
            room.Place == RoomPlace.None ? "" : PlaceOf(room.Place),
            room.Muted ? "muted" : "",
            unread.Length > 0 ? $"{unread} unread" : "",
        ];
        var topic = room.Topic.Length > 0 ? $": {Sanitizer.Line(room.Topic)}" : "";
        return $"{Sanitizer.Line(room.Name)}  {Together(parts)}{topic}";
    }

    /// <summary>Short, for terminals of any width.</summary>
    /// <param name="person">As the caller sees it.</param>
    /// <param name="presence">Whether it is there; null: not known.</param>
    public static string Short(RoomPerson person, PresenceEntry? presence)
    {
        string[] parts =
        [
            PlaceOf(person.Place),
            person.Muted ? "muted" : "",
            person.Barred ? "removed" : "",
            UpTo("received", person.DeliveredSequence),
            UpTo("read", person.ReadSequence),
            presence is null ? "" : PresenceText.Short(presence),
        ];
        return $"{Sanitizer.Line(person.Name)}  {Together(parts)}";
    }

    public static string Line(RoomPerson person)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Sanitizer.Line(person.Name),-32} {PlaceOf(person.Place),-9} {person.DeliveredSequence,6}");
        return line + (person.Muted ? " muted" : "") + (person.Barred ? " removed" : "");
    }

    /// <param name="room">As the caller sees it.</param>
    /// <param name="unread">What is unread in it; null: nothing.</param>
    public static string Json(RoomEntry room, ConversationEntry? unread) => JsonLines.Write(json =>
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
        json.WriteNumber("unread", unread?.Unread ?? 0);
        json.WriteBoolean("unread_is_least", unread?.UnreadIsLeast ?? false);
    });

    public static string Json(RoomPerson person) => JsonLines.Write(json =>
    {
        json.WriteString("name", person.Name);
        json.WriteString("place", PlaceOf(person.Place));
        json.WriteBoolean("muted", person.Muted);
        json.WriteBoolean("removed", person.Barred);
        json.WriteNumber("delivered_sequence", person.DeliveredSequence);
        json.WriteNumber("read_sequence", person.ReadSequence);
    });

    private static string UpTo(string what, long sequence) =>
        sequence > 0 ? string.Create(CultureInfo.InvariantCulture, $"{what} up to #{sequence}") : "";

    private static string Together(string[] parts) => string.Join(", ", parts.Where(part => part.Length > 0));

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
