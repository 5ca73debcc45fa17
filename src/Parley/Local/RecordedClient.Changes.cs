using Google.Protobuf;
using Parley.Client;
using Parley.Verify;

namespace Parley.Local;

/// <content>Edits, deletions, marks, and what reads and searches show of them.</content>
internal sealed partial class RecordedClient
{
    private const int FoundMax = 20;

    /// <summary>The last one whose acknowledgement was answered; null: none yet.</summary>
    private volatile AcknowledgedPlace? acknowledged;

    /// <summary>Edits or deletes, or asks once more for what was answered, and writes down how it ended.</summary>
    public async Task ChangeAsync(MessageChange change, CancellationToken cancellationToken)
    {
        var kind = change.Text is null ? HistoryKind.Erase : HistoryKind.Edit;
        var started = recorder.Begin(kind, begun => begun with
        {
            RequestId = Convert.ToHexStringLower(change.RequestId.Span),
            Conversation = change.Conversation,
            Sequence = change.Sequence,
            Text = change.Text,
        });
        await RecordedOutcome.EndAsync(
            recorder,
            started,
            change.Text is { } text
                ? Session.EditMessageAsync(
                    change.RequestId, change.Conversation, change.Sequence, text, cancellationToken)
                : Session.DeleteMessageAsync(
                    change.RequestId, change.Conversation, change.Sequence, cancellationToken),
            (end, logIndex) => end with { LogIndex = logIndex });
    }

    /// <summary>Reads one message through whichever node, and writes down what it says.</summary>
    public async Task LookAsync(string peer, long sequence, CancellationToken cancellationToken)
    {
        var (since, seen) = (recorder.NowUs(), Client.SeenIndex);
        var page = await Session.ListLastMessagesAsync(peer, sequence + 1, 1, local: false, cancellationToken);
        Show(page.Messages, page.Stale, since, seen);
    }

    /// <summary>Searches through whichever node, and writes down what is found; returns how much.</summary>
    public Task<int> SearchAsync(string phrase, string peer, CancellationToken cancellationToken) =>
        SearchAsync(Session, phrase, peer, local: false, cancellationToken);

    /// <summary>As the other, by a session of the same account.</summary>
    public async Task<int> SearchAsync(
        ParleySession session, string phrase, string peer, bool local, CancellationToken cancellationToken)
    {
        var (since, seen) = (recorder.NowUs(), Client.SeenIndex);
        var page = await session.SearchMessagesAsync(
            $"\"{phrase}\"", peer, FoundMax, pageToken: null, local, cancellationToken);
        // What a node says of itself alone is judged when all have come together.
        Show(page.Messages, page.Stale && !local, since, local ? null : seen);
        return page.Messages.Count;
    }

    /// <summary>Marks as read what was acknowledged last, and looks at what the list of conversations says of it.
    /// </summary>
    public async Task MarkAsync(CancellationToken cancellationToken)
    {
        if (acknowledged is not var (conversation, sequence))
        {
            return;
        }

        var started = recorder.Begin(
            HistoryKind.MarkRead, begun => begun with { Conversation = conversation, Sequence = sequence });
        await RecordedOutcome.EndAsync(
            recorder, started, Session.MarkReadAsync(conversation, sequence, cancellationToken));
        var since = recorder.NowUs();
        await foreach (var entry in Session.ListConversationsAsync(cancellationToken))
        {
            recorder.Marked(entry.Conversation, entry.ReadSequence, since);
        }
    }

    private void Show(IReadOnlyList<ChatMessage> messages, bool isStale, long since, long? seen)
    {
        foreach (var message in isStale ? [] : messages)
        {
            recorder.Shown(FinalReads.AsStored(message), message.Conversation, since, seen);
        }
    }
}

/// <summary>How far a conversation was acknowledged.</summary>
internal sealed record AcknowledgedPlace(string Conversation, long Sequence);

/// <summary>An edit, or a deletion, that can be asked for again.</summary>
/// <param name="RequestId">The same each time; 16 bytes.</param>
/// <param name="Conversation">The conversation's opaque id.</param>
/// <param name="Sequence">Of the message.</param>
/// <param name="Text">Null: it is to be deleted.</param>
internal sealed record MessageChange(ByteString RequestId, string Conversation, long Sequence, string? Text);
