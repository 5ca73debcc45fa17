using System.Runtime.CompilerServices;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>
/// What <c>tail --after</c> prints before what comes: everything behind a message, delivered or not. The stream is
/// opened first: what it does not bring was acknowledged before, and is in every history that is read from then on. One
/// enumeration, of one thread.
/// </summary>
/// <param name="settings">Where it prints.</param>
/// <param name="session">Whose history.</param>
/// <param name="tail">Which conversation, behind which message, and what is marked.</param>
internal sealed class TailHistory(ClientSettings settings, ParleySession session, TailSettings tail)
{
    private const int OpeningsMax = 20;
    private static readonly TimeSpan OpeningPause = TimeSpan.FromMilliseconds(500);

    private readonly string with = tail.Only!;
    private readonly long after = tail.After!.Value;
    private string? conversation;
    private long last = tail.After!.Value;

    /// <summary>It stands above, or whoever asked has it already.</summary>
    public bool Has(ChatMessage message) =>
        message.Conversation == conversation && message.Sequence <= last;

    /// <summary>Prints the history, then tells what comes.</summary>
    /// <exception cref="VerbFailedException">There is no such message, so that its number says nothing; or no majority
    /// is found.</exception>
    public async IAsyncEnumerable<Delivery> ReceiveAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The library tells each once, also to a stream that is given up.
        var held = new List<Delivery>();
        var isWhole = false;
        for (var opening = 1; !isWhole; opening++)
        {
            await foreach (var delivery in session.ReceiveAsync(cancellationToken))
            {
                if (isWhole)
                {
                    yield return delivery;
                    continue;
                }

                held.Add(delivery);
                isWhole = await TryPrintAsync(cancellationToken);
                if (!isWhole)
                {
                    break;
                }

                foreach (var each in held)
                {
                    yield return each;
                }
            }

            if (!isWhole)
            {
                // To open a stream takes a majority: that leads away from a node that has none.
                await PauseAsync(opening, cancellationToken);
            }
        }
    }

    private static Task PauseAsync(int opening, CancellationToken cancellationToken) => opening < OpeningsMax
        ? Task.Delay(OpeningPause, cancellationToken)
        : throw new VerbFailedException(
            ExitCodes.NoMajority, "the server cannot make sure that it has everything: it reaches no majority");

    /// <returns>False: something may be missing; what there was is printed.</returns>
    private async Task<bool> TryPrintAsync(CancellationToken cancellationToken)
    {
        MessagePage page;
        do
        {
            page = await session.ListMessagesAsync(with, last, pageToken: null, local: false, cancellationToken);
            if (!page.Stale)
            {
                Check(page);
            }

            conversation ??= page.Conversation;
            foreach (var message in page.Messages)
            {
                last = Math.Max(last, message.Sequence);
                if (message.From != session.Account)
                {
                    settings.WriteResult(() => JsonLines.Message(message), () => MessageText.Of(message));
                }
            }
        }
        while (!page.Stale && page.NextPageToken is not null);
        var read = Math.Min(last, page.DeliveredSequence);
        if (tail.MarkRead && !page.Stale && conversation is not null && read > 0)
        {
            session.MarkReadSoon(conversation, read);
        }

        return !page.Stale;
    }

    /// <summary>A room that was closed and made anew counts from 1 again, and so does what a new account writes that
    /// has an old one's name: no number of before says what was seen there.</summary>
    private void Check(MessagePage page)
    {
        if (last > page.LastSequence || (conversation is not null && page.Conversation != conversation))
        {
            throw new VerbFailedException(
                ExitCodes.NotFound,
                $"{Sanitizer.Line(with)}: message {last} expected, the last one there is {page.LastSequence}: "
                + "this is another conversation of that name; begin with --after 0");
        }

        if (last == after && page.FirstSequenceKept > after + 1)
        {
            var end = page.FirstSequenceKept - 1;
            settings.Say($"{Sanitizer.Line(with)}: {after + 1} to {end} are not there to read");
        }
    }
}
