using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Parley.Core;
using Parley.Core.Facts;
using Parley.Core.Storage;

namespace Parley.Server.Backup;

/// <summary>The lines of an export (docs/operations.md): stable keys in a stable order, one object a line; the last one
/// says how many there were, so that a part is known from the whole.</summary>
internal static class ExportJson
{
    private const int Format = 1;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Without their ends; read one after the other from a scratch folder's copy of the state.</summary>
    /// <exception cref="BackupRefusedException">The backup is not what it says, or there is no room.</exception>
    public static IEnumerable<string> Read(
        BackupFile backup, string scratchIn, CancellationToken cancellationToken)
    {
        using var state = UnpackedState.Of(backup, scratchIn, cancellationToken);
        using var export = new StateExport(state.Path);
        foreach (var line in Lines(backup.Manifest, export))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return line;
        }
    }

    private static IEnumerable<string> Lines(BackupManifest manifest, StateExport export)
    {
        var counts = new long[4];
        yield return Head(manifest);
        foreach (var account in export.ReadAccounts())
        {
            counts[0]++;
            yield return Account(account);
        }

        foreach (var room in export.ReadRooms())
        {
            counts[1]++;
            yield return Room(room);
        }

        foreach (var member in export.ReadRoomMembers())
        {
            yield return RoomMember(member);
        }

        foreach (var conversation in export.ReadConversations())
        {
            counts[2]++;
            yield return Conversation(conversation);
        }

        foreach (var message in export.ReadMessages())
        {
            counts[3]++;
            yield return Message(message);
        }

        yield return Line(json =>
        {
            json.WriteString("type", "end");
            json.WriteNumber("accounts", counts[0]);
            json.WriteNumber("rooms", counts[1]);
            json.WriteNumber("conversations", counts[2]);
            json.WriteNumber("messages", counts[3]);
        });
    }

    private static string Head(BackupManifest manifest) => Line(json =>
    {
        json.WriteString("type", "export");
        json.WriteNumber("format", Format);
        json.WriteString("cluster", manifest.Cluster);
        json.WriteNumber("applied_index", manifest.AppliedIndex);
        json.WriteString("log_time", Time(manifest.LogTime));
    });

    private static string Account(ExportedAccount account) => Line(json =>
    {
        json.WriteString("type", "account");
        json.WriteNumber("account", account.Number);
        json.WriteString("name", account.Name);
        json.WriteString("role", account.IsAdministrator ? "administrator" : "member");
        WriteTime(json, "created_at", account.CreatedAtUs);
        WriteTime(json, "disabled_at", account.DisabledAtUs);
        WriteTime(json, "deleted_at", account.DeletedAtUs);
    });

    private static string Room(ExportedRoom room) => Line(json =>
    {
        json.WriteString("type", "room");
        json.WriteString("conversation", ConversationId.Format(room.Number));
        json.WriteString("name", room.Name);
        json.WriteBoolean("by_invitation", room.IsByInvitation);
        json.WriteString("topic", room.Topic);
        json.WriteString("owner", room.Owner.Name);
        json.WriteNumber("owner_account", room.Owner.Account);
        json.WriteNumber("retention_days", room.RetentionDays);
    });

    private static string RoomMember(ExportedRoomMember member) => Line(json =>
    {
        json.WriteString("type", "room_member");
        json.WriteString("conversation", ConversationId.Format(member.Room));
        json.WriteString("name", member.Account.Name);
        json.WriteNumber("account", member.Account.Account);
        json.WriteString("standing", member.Standing switch
        {
            RoomStanding.Invited => "invited",
            RoomStanding.Member => "member",
            RoomStanding.Moderator => "moderator",
            _ => "outside",
        });
        json.WriteBoolean("muted", member.IsMuted);
        json.WriteBoolean("barred", member.IsBarred);
        json.WriteNumber("delivered", member.Delivered);
    });

    private static string Conversation(ExportedConversation conversation) => Line(json =>
    {
        json.WriteString("type", "conversation");
        json.WriteString("conversation", ConversationId.Format(conversation.Number));
        json.WriteString("kind", conversation.IsRoom ? "room" : "direct");
        json.WriteString("room", conversation.Room.Length == 0 ? null : conversation.Room);
        json.WriteStartArray("members");
        foreach (var (member, delivered) in conversation.Members.Zip(conversation.Delivered))
        {
            json.WriteStartObject();
            json.WriteString("name", member.Name);
            json.WriteNumber("account", member.Account);
            json.WriteNumber("delivered", delivered);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("first_kept", conversation.FirstKept);
        json.WriteNumber("last_sequence", conversation.LastSequence);
    });

    private static string Message(ExportedMessage message) => Line(json =>
    {
        json.WriteString("type", "message");
        json.WriteString("conversation", ConversationId.Format(message.Conversation));
        json.WriteNumber("sequence", message.Sequence);
        json.WriteString("message_id", string.Create(
            CultureInfo.InvariantCulture, $"{message.Client:x16}{message.Counter:x16}"));
        json.WriteString("from", message.Sender.Name);
        json.WriteNumber("from_account", message.Sender.Account);
        WriteTime(json, "sent_at", message.SentAtUs);
        json.WriteString("text", message.Text);
        WriteTime(json, "edited_at", message.EditedAtUs);
        json.WriteBoolean("deleted", message.DeletedAtUs != 0);
    });

    private static void WriteTime(Utf8JsonWriter json, string name, long atUs)
    {
        if (atUs == 0)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteString(name, Time(DateTimeOffset.UnixEpoch.AddMicroseconds(atUs)));
        }
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>One object, everything beyond ASCII escaped.</summary>
    private static string Line(Action<Utf8JsonWriter> fill)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            fill(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
