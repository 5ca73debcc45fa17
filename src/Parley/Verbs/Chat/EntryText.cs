using Parley.Client;
using Parley.Terminal;

namespace Parley.Verbs.Chat;

/// <summary>A message as a line of a chat: <c>alice: hello</c>, or <c>* alice waves</c> where the text begins with
/// <c>/me </c>.</summary>
internal static class EntryText
{
    /// <summary>The command that makes one.</summary>
    public const string DeedCommand = "me";

    /// <summary>What a text begins with that tells what its sender does.</summary>
    public const string Deed = $"/{DeedCommand} ";

    /// <summary>What became of a message since it was sent; null: nothing.</summary>
    public static string? StateOf(ChatMessage message) =>
        message.DeletedAt is not null
            ? message.DeletedBy is { } by && by != message.From ? $"deleted by {Sanitizer.Line(by)}" : "deleted"
        : message.EditedAt is not null ? "edited"
        : null;

    /// <summary>The line without its time, harmless: further lines are set in, none of them can look like a line of
    /// somebody else.</summary>
    /// <param name="entry">The message.</param>
    /// <param name="who">Its sender, as it shall look.</param>
    /// <param name="to">Where it went, as it shall look; empty: that goes without saying.</param>
    /// <param name="mark">How the reader's name looks in it.</param>
    public static string Line(ChatEntry entry, string who, string to, Func<string, string> mark)
    {
        var isDeed = entry.Text.StartsWith(Deed, StringComparison.Ordinal)
            && !string.IsNullOrWhiteSpace(entry.Text[Deed.Length..]);
        var text = Sanitizer.Lines(isDeed ? entry.Text[Deed.Length..].TrimStart(' ') : entry.Text)
            .Replace("\n", "\n      | ", StringComparison.Ordinal);
        if (entry.Reader is { } reader)
        {
            text = Mention.Mark(text, reader, mark);
        }

        // Without a text it is a tombstone, of which the state says all.
        return isDeed ? $"* {who} {text}{to}" : text.Length == 0 ? $"{who}{to}:" : $"{who}{to}: {text}";
    }
}
