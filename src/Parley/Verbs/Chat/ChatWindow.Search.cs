using Parley.Client;

namespace Parley.Verbs.Chat;

/// <content>Search.</content>
internal sealed partial class ChatWindow
{
    private async Task SearchAsync(string words, CancellationToken cancellationToken)
    {
        const int LinesMax = 20;
        if (words.Length == 0)
        {
            screen.Line("/search WORDS");
            return;
        }

        var page = await session.SearchMessagesAsync(
            words, with: null, LinesMax, pageToken: null, local: false, cancellationToken);
        foreach (var message in page.Messages.Reverse())
        {
            screen.Message(EntryOf(message));
        }

        screen.Note(Summarize(page));
    }

    private static string Summarize(FoundPage page)
    {
        var found = page.Messages.Count switch
        {
            0 => "nothing found",
            1 => "1 line found",
            var lines => $"{lines} lines found",
        };
        var more = page.NextPageToken is null ? "" : "; there may be older ones: parley search WORDS --limit 100";
        var missing = page.Stale || page.Incomplete ? "; something may be missing" : "";
        return found + more + missing;
    }
}
