using System.Globalization;
using Parley.Client;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>Conversations as lines for people and for scripts.</summary>
internal static class ConversationText
{
    /// <summary>The one in which the last message came last first; those without a message at the end, by name.
    /// </summary>
    public static async Task<IReadOnlyList<ConversationEntry>> ReadAsync(
        ParleySession session, bool onlyUnread, CancellationToken cancellationToken)
    {
        var found = new List<ConversationEntry>();
        await foreach (var conversation in session.ListConversationsAsync(onlyUnread, cancellationToken))
        {
            // A node of an older program tells all.
            if (!onlyUnread || HasUnread(conversation))
            {
                found.Add(conversation);
            }
        }

        return [.. found.OrderByDescending(each => each.LastAt ?? DateTimeOffset.MinValue)
            .ThenBy(each => each.With, StringComparer.Ordinal)];
    }

    public static bool HasUnread(ConversationEntry conversation) =>
        conversation.Unread > 0 || conversation.UnreadIsLeast;

    public static string Line(ConversationEntry conversation)
    {
        var last = $"#{conversation.LastSequence} {(conversation.LastAt is { } at ? JsonLines.Time(at) : "")}";
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Sanitizer.Line(conversation.With),-33} {Unread(conversation),7} unread  {last}");
        return line.TrimEnd();
    }

    /// <summary>How many: <c>3</c>, or <c>1000+</c> where not all were looked at.</summary>
    public static string Unread(ConversationEntry conversation) => string.Create(
        CultureInfo.InvariantCulture, $"{conversation.Unread}{(conversation.UnreadIsLeast ? "+" : "")}");

    public static string Json(ConversationEntry conversation) => JsonLines.Write(json =>
    {
        json.WriteString("with", conversation.With);
        json.WriteString("conversation", conversation.Conversation);
        json.WriteNumber("unread", conversation.Unread);
        json.WriteBoolean("unread_is_least", conversation.UnreadIsLeast);
        json.WriteNumber("last_sequence", conversation.LastSequence);
        if (conversation.LastAt is { } at)
        {
            json.WriteString("last_at", JsonLines.Time(at));
        }
        else
        {
            json.WriteNull("last_at");
        }

        json.WriteNumber("delivered_sequence", conversation.DeliveredSequence);
        json.WriteNumber("read_sequence", conversation.ReadSequence);
    });
}
