using System.Globalization;
using Parley.Client;
using Parley.Verbs.Rooms;

namespace Parley.Verbs.Chat;

/// <content>What was said before: the last lines, and then ever older ones.</content>
internal sealed partial class ChatWindow
{
    private const string Further = "more";
    private const int HistoryLinesDefault = 20;
    private const int HistoryLinesMax = 1_000;

    // Where the history that was shown last begins, while there is more before it.
    private (string With, long Before)? older;

    private async Task ShowHistoryAsync(string rest, CancellationToken cancellationToken)
    {
        var (name, number) = ChatLine.SplitWord(rest);
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            (name, number) = ("", name);
        }

        var count = HistoryLinesDefault;
        if (number.Length > 0
            && (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out count)
                || count is < 1 or > HistoryLinesMax))
        {
            screen.Line($"/history [NAME] [N]: N is a number from 1 to {HistoryLinesMax}");
            return;
        }

        var isFurther = name == Further;
        if (isFurther && older is null)
        {
            screen.Line("nothing older is known of: /history [NAME] first");
            return;
        }

        var place = isFurther ? older!.Value : (With: name.Length > 0 ? name.ToLowerInvariant() : peer ?? "", 0L);
        if (place.With.Length == 0)
        {
            screen.Line("/history NAME");
            return;
        }

        await ShowHistoryAsync(place, count, cancellationToken);
    }

    private async Task ShowHistoryAsync(
        (string With, long Before) place, int count, CancellationToken cancellationToken)
    {
        // What was typed before belongs to what is shown.
        await sent.SettleAsync(Farewell, cancellationToken);
        var page = await session.ListLastMessagesAsync(
            place.With, place.Before, count, local: false, cancellationToken);
        foreach (var message in page.Messages)
        {
            screen.Message(EntryOf(message));
        }

        CountHistory(page);
        older = page is { NextPageToken: not null, Messages: [var first, ..] } ? (place.With, first.Sequence) : null;
        if (older is not null)
        {
            screen.Note($"older ones: /history {Further}");
        }

        if (page.Stale)
        {
            screen.Note("there may be newer ones: no majority of the servers answers");
        }
    }

    /// <summary>What stands there now is read, if it is everything that was not.</summary>
    private void CountHistory(MessagePage page)
    {
        if (page.Messages is not [.., var last] || last.Sequence < page.DeliveredSequence)
        {
            return;
        }

        var with = RoomText.IsRoom(last.To) || last.From == session.Account ? last.To : last.From;
        if (page.NextPageToken is null
            || unread.IsAll(with, page.Messages.Count(message => message.From != session.Account)))
        {
            shown.Shown(last.Conversation, page.DeliveredSequence);
        }
    }
}
