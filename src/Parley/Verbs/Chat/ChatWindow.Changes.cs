using System.Globalization;
using Parley.Client;
using Parley.Terminal;
using Parley.Verbs.Rooms;

namespace Parley.Verbs.Chat;

/// <content>Lines that are edited, deleted and answered to. The last is meant, or the one whose number, counted from
/// the last, stands before the text.</content>
internal sealed partial class ChatWindow
{
    private const int LooksBack = 1_000;

    private readonly KnownLines known;

    private ChatCommand[] ChangeCommands() =>
    [
        new("reply", "[N] TEXT", "answer the last line of another (2: the one before)", ReplyAsync),
        new("edit", "[N] TEXT", "replace your last line", EditAsync),
        new("delete", "[N]", "take your last line back", DeleteAsync),
    ];

    private async Task EditAsync(string rest, CancellationToken cancellationToken)
    {
        var (place, text) = PlaceOf(rest);
        if (text.Length == 0)
        {
            screen.Line("/edit TEXT, or /edit 2 TEXT for the line before your last");
        }
        else if (await FindLineAsync(own: true, place, cancellationToken) is { } line)
        {
            await session.EditMessageAsync(line.Conversation, line.Sequence, text, cancellationToken);
        }
    }

    private async Task DeleteAsync(string rest, CancellationToken cancellationToken)
    {
        var (place, text) = PlaceOf(rest);
        if (text.Length > 0)
        {
            screen.Line("/delete, or /delete 2 for the line before your last");
        }
        else if (await FindLineAsync(own: true, place, cancellationToken) is { } line)
        {
            await session.DeleteMessageAsync(line.Conversation, line.Sequence, cancellationToken);
        }
    }

    private async Task ReplyAsync(string rest, CancellationToken cancellationToken)
    {
        var with = peer; // Whoever this line was typed to, whatever comes meanwhile.
        var (place, text) = PlaceOf(rest);
        if (text.Length == 0)
        {
            screen.Line("/reply TEXT, or /reply 2 TEXT for the line before the last");
        }
        else if (await FindLineAsync(own: false, place, cancellationToken) is { } line && with is not null
            && await FindAsItIsAsync(with, line, cancellationToken) is { } now)
        {
            Send(with, Quote.Of(now) + text);
        }
    }

    /// <summary>A line as it is now: what was deleted or edited while no stream was open was told to nobody, and a
    /// quote would bring it back for everybody.</summary>
    private async Task<ChatMessage?> FindAsItIsAsync(
        string with, ChatMessage line, CancellationToken cancellationToken)
    {
        var page = await session.ListLastMessagesAsync(with, line.Sequence + 1, 1, local: false, cancellationToken);
        var now = page.Messages.FirstOrDefault(
            message => message.Sequence == line.Sequence && message.Conversation == line.Conversation);
        if (page.Stale)
        {
            screen.Line("no majority of the servers answers, and the line may be another by now: nothing is sent");
            return null;
        }

        if (now is not { DeletedAt: null })
        {
            known.Forget();
            screen.Line("the line is gone since: nothing is sent");
            return null;
        }

        return now;
    }

    /// <summary>A number that stands first, if something may follow it; else 1 and everything.</summary>
    private static (int Place, string Text) PlaceOf(string rest)
    {
        var (word, tail) = ChatLine.SplitWord(rest);
        return int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var place) && place > 0
            ? (place, tail)
            : (1, rest);
    }

    private async Task<ChatMessage?> FindLineAsync(bool own, int place, CancellationToken cancellationToken)
    {
        if (peer is not { } with)
        {
            screen.Line("nobody to talk to yet: /to NAME first");
            return null;
        }

        // What was typed before counts: while it is not stored, the line that was meant may be another.
        if (await sent.SettleAsync(Farewell, cancellationToken) > 0 && own)
        {
            screen.Line("what you typed before is not stored yet: nothing is changed; say it again when it is");
            return null;
        }

        var found = known.Find(known.With(with), own, place);
        if (found is null)
        {
            var last = await session.ListLastMessagesAsync(with, 0, LooksBack, local: false, cancellationToken);
            if (last.Stale)
            {
                screen.Line("no majority of the servers answers, and there may be newer lines: nothing is "
                    + (own ? "changed" : "sent"));
                return null;
            }

            found = known.Find(last.Messages, own, place);
        }

        if (found is null)
        {
            screen.Line($"no such line: {with} has fewer than {place} {(own ? "of yours" : "of others")}");
        }

        return found;
    }

    /// <summary>A message that may stand above is another now.</summary>
    private void ShowChanged(ChatMessage? message)
    {
        if (message is null)
        {
            shelf.Doubt();
            known.Forget();
            screen.Note("some messages were edited or deleted meanwhile: /history shows them as they are");
            return;
        }

        lock (shelving)
        {
            known.Change(message);

            // What nobody has looked at is shown as it is then; of a room that is not looked at nothing is shown now.
            if (shelf.Change(message)
                || (screen.ShowsOwnLines && RoomText.IsRoom(message.To) && peer != message.To))
            {
                return;
            }

            sent.Flush();
            if (message.DeletedAt is null)
            {
                screen.Message(EntryOf(message));
            }
            else
            {
                screen.Note(DeletionOf(message));
            }
        }
    }

    private static string DeletionOf(ChatMessage message)
    {
        var (author, by) = (Sanitizer.Line(message.From), Sanitizer.Line(message.DeletedBy ?? message.From));
        var time = TimeZoneInfo.ConvertTime(message.SentAt, TimeProvider.System.LocalTimeZone)
            .ToString("HH:mm", CultureInfo.InvariantCulture);
        return by == author
            ? $"{author} deleted their message of {time}"
            : $"{by} deleted {author}'s message of {time}";
    }
}

/// <summary>How a text begins that answers another: a first line <c>&gt; bob: what bob said</c>.</summary>
internal static class Quote
{
    private const int CharactersMax = 80;
    private const string Mark = "> ";

    /// <summary>The line, with its end.</summary>
    public static string Of(ChatMessage message)
    {
        // Of an answer what was answered, not what that quoted.
        var lines = message.Text.ReplaceLineEndings("\n").Split('\n');
        var said = Array.Find(lines, line => !line.StartsWith(Mark, StringComparison.Ordinal)) ?? lines[0];
        var cut = said.Length <= CharactersMax ? said : CutOff(said);
        return $"{Mark}{message.From}: {cut}\n";
    }

    private static string CutOff(string text)
    {
        var end = char.IsLowSurrogate(text[CharactersMax]) ? CharactersMax - 1 : CharactersMax;
        return $"{text[..end]}…";
    }
}
