using Parley.Client.Receiving;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <content>Conversations read again, from either end.</content>
public sealed partial class ParleySession
{
    /// <summary>Reads a page of the conversation with another account, oldest first.</summary>
    /// <param name="with">The other account.</param>
    /// <param name="afterSequence">Only larger ones; 0 for all.</param>
    /// <param name="pageToken">Of the page before, or null.</param>
    /// <param name="local">The answering node's own state, without asking others.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<MessagePage> ListMessagesAsync(
        string with, long afterSequence, string? pageToken, bool local, CancellationToken cancellationToken) =>
        ReadPageAsync(
            new ListMessagesRequest
            {
                With = with,
                AfterSequence = afterSequence,
                PageSize = Limits.PageSize,
                PageToken = pageToken ?? "",
                Local = local,
            },
            cancellationToken);

    /// <summary>Reads the last messages with another account or in a room, however long the conversation is: in
    /// sequence order, with a token for those before them (<see cref="MessagePage.NextPageToken"/>; null: there are
    /// none).</summary>
    /// <param name="with">The other account, or a room with its '#'.</param>
    /// <param name="beforeSequence">Only smaller ones; 0 for all.</param>
    /// <param name="messagesMax">How many, from 1; beyond a thousand, or much text, it takes several calls.</param>
    /// <param name="local">The answering node's own state, without asking others.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="RefusedException">NODES_TOO_OLD: the node that answered cannot; upgrade it.</exception>
    public async Task<MessagePage> ListLastMessagesAsync(
        string with, long beforeSequence, int messagesMax, bool local, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(messagesMax, 1);
        var request = new ListMessagesRequest
        {
            With = with,
            BeforeSequence = beforeSequence,
            Local = local,
            Backward = true,
        };
        var messages = new List<ChatMessage>();
        var isStale = false;
        MessagePage? newest = null;
        while (true)
        {
            request.PageSize = Math.Min(Limits.PageSize, messagesMax - messages.Count);
            var page = await ReadPageAsync(request, cancellationToken);
            messages.InsertRange(0, page.Messages);
            isStale |= page.Stale;
            newest ??= page;
            if (page.NextPageToken is null || page.Messages.Count == 0 || messages.Count >= messagesMax)
            {
                return newest with
                {
                    Messages = messages,
                    NextPageToken = page.NextPageToken,
                    FirstSequenceKept = page.FirstSequenceKept,
                    Stale = isStale,
                };
            }

            request.PageToken = page.NextPageToken;
        }
    }

    private async Task<MessagePage> ReadPageAsync(ListMessagesRequest request, CancellationToken cancellationToken)
    {
        var page = await walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Messages.ListMessagesAsync(request, Options(deadline, !request.Local, cancellation)),
                walker.Nodes, node, answer => request.Local ? 0 : answer.LogIndex),
            "reading the conversation", changes: false, cancellationToken);
        if (request.Backward && !page.Backward)
        {
            throw new RefusedException(
                "NODES_TOO_OLD", "reading the conversation: this node reads from the beginning alone; upgrade it");
        }

        return new MessagePage
        {
            Messages = [.. page.Messages.Select(WireMessages.ToMessage)],
            NextPageToken = page.NextPageToken.Length > 0 ? page.NextPageToken : null,
            FirstSequenceKept = page.FirstSequenceKept,
            DeliveredSequence = page.DeliveredSequence,
            Conversation = page.Conversation.Length > 0 ? page.Conversation : null,
            LastSequence = page.HeadSequence,
            Stale = page.Stale,
        };
    }
}
