using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Parley.Client;

namespace Parley.Verbs;

/// <summary>The JSON that scripts read: stable keys, one object a line, everything beyond ASCII escaped.</summary>
internal static class JsonLines
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static string Stored(long line, MessageReceipt receipt) => Write(json =>
    {
        json.WriteNumber("line", line);
        json.WriteString("message_id", receipt.MessageId.ToString());
        json.WriteString("conversation", receipt.Conversation);
        json.WriteNumber("sequence", receipt.Sequence);
        json.WriteNumber("log_index", receipt.LogIndex);
    });

    public static string Failed(long line, MessageId messageId, string reason) => Write(json =>
    {
        json.WriteNumber("line", line);
        json.WriteString("message_id", messageId.ToString());
        json.WriteString("error", reason);
    });

    public static string Link(string link) => Write(json => json.WriteString("link", link));

    public static string Message(ChatMessage message) => Write(json =>
    {
        json.WriteString("conversation", message.Conversation);
        json.WriteNumber("sequence", message.Sequence);
        json.WriteString("message_id", message.MessageId.ToString());
        json.WriteString("from", message.From);
        json.WriteString("to", message.To);
        json.WriteString("sent_at", Time(message.SentAt));
        json.WriteString("text", message.Text);
        json.WriteNumber("log_index", message.LogIndex);
        if (message.EditedAt is { } editedAt)
        {
            json.WriteString("edited_at", Time(editedAt));
        }
        else
        {
            json.WriteNull("edited_at");
        }

        json.WriteBoolean("deleted", message.DeletedAt is not null);
    });

    /// <summary>Which message something was done to.</summary>
    public static string Place(ChatMessage message) => Write(json =>
    {
        json.WriteString("conversation", message.Conversation);
        json.WriteNumber("sequence", message.Sequence);
    });

    public static string Account(AccountEntry account) => Write(json =>
    {
        json.WriteString("name", account.Name);
        json.WriteBoolean("online", account.Online);
        json.WriteString("created_at", Time(account.CreatedAt));
        if (account.IsAdministrator is { } isAdministrator)
        {
            json.WriteString("role", isAdministrator ? "administrator" : "member");
            json.WriteBoolean("disabled", account.IsDisabled);
        }
    });

    public static string DeviceToken(DeviceTokenEntry token) => Write(json =>
    {
        json.WriteNumber("number", token.Number);
        json.WriteString("label", token.Label);
        json.WriteString("created_at", Time(token.CreatedAt));
        if (token.UsedAt is { } usedAt)
        {
            json.WriteString("used_at", Time(usedAt));
        }
        else
        {
            json.WriteNull("used_at");
        }

        json.WriteBoolean("online", token.Online);
    });

    public static string Invite(InviteEntry invite) => Write(json =>
    {
        json.WriteNumber("number", invite.Number);
        json.WriteString("creator", invite.Creator);
        json.WriteString("created_at", Time(invite.CreatedAt));
        json.WriteString("expires_at", Time(invite.ExpiresAt));
        json.WriteNumber("uses_left", invite.UsesLeft);
    });

    public static string Setting(ClusterSetting setting) => Write(json =>
    {
        json.WriteString("name", setting.Name);
        json.WriteString("value", setting.Value);
        json.WriteString("expected", setting.Expected);
    });

    public static string Audit(AuditEntry entry) => Write(json =>
    {
        json.WriteString("at", Time(entry.At));
        json.WriteString("actor", entry.Actor);
        json.WriteString("act", entry.Act);
        json.WriteString("subject", entry.Subject);
        json.WriteString("detail", entry.Detail);
        json.WriteNumber("log_index", entry.LogIndex);
    });

    public static string Name(string name) => Write(json => json.WriteString("name", name));

    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>One object as one line, without its end.</summary>
    public static string Write(Action<Utf8JsonWriter> fill)
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
