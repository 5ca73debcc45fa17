using System.Runtime.CompilerServices;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <content>What is read and what is not.</content>
public sealed partial class ParleySession
{
    /// <summary>The caller's conversations and rooms, the one that began last first.</summary>
    public IAsyncEnumerable<ConversationEntry> ListConversationsAsync(CancellationToken cancellationToken) =>
        ListConversationsAsync(onlyUnread: false, cancellationToken);

    /// <summary>As <see cref="ListConversationsAsync(CancellationToken)"/>, or those in which something is unread.
    /// </summary>
    public async IAsyncEnumerable<ConversationEntry> ListConversationsAsync(
        bool onlyUnread, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListConversationsRequest { PageSize = Limits.PageSize, OnlyUnread = onlyUnread };
        do
        {
            var page = await walker.CallAsync(
                (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                    node.Messages.ListConversationsAsync(request, Options(deadline, true, cancellation)),
                    walker.Nodes, node, answer => answer.LogIndex),
                "listing conversations", changes: false, cancellationToken);
            foreach (var conversation in page.Conversations)
            {
                yield return ToEntry(conversation);
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>Somebody has read everything up to the sequence, which was acknowledged before (else it is refused,
    /// NOT_DELIVERED). It is told to the senders unless <see cref="ParleyClientOptions.ReadReceipts"/> is off. Each
    /// call is an entry of the cluster's log: collect, as <see cref="MarkReadSoon"/> does.</summary>
    public Task MarkReadAsync(string conversation, long sequence, CancellationToken cancellationToken) =>
        MarkReadNowAsync([(conversation, sequence)], cancellationToken);

    /// <summary>As <see cref="MarkReadAsync"/>, beside what the caller does: what is read within a second goes
    /// together. A mark that is lost is covered by the conversation's next one.</summary>
    public void MarkReadSoon(string conversation, long sequence) => readMarker.Mark(conversation, sequence);

    /// <summary>Sends what <see cref="MarkReadSoon"/> has collected now.</summary>
    public Task FlushReadMarksAsync(CancellationToken cancellationToken) => readMarker.FlushAsync(cancellationToken);

    private Task<MarkMessagesReadResponse> MarkReadNowAsync(
        (string Conversation, long Sequence)[] marks, CancellationToken cancellationToken)
    {
        var request = new MarkMessagesReadRequest { Quiet = !client.Options.ReadReceipts };
        request.Marks.AddRange(marks.Select(mark =>
            new ReadMark { Conversation = mark.Conversation, Sequence = mark.Sequence }));
        return walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Messages.MarkMessagesReadAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "marking as read", changes: true, cancellationToken, Repeat.Harmless);
    }

    private static ConversationEntry ToEntry(Conversation conversation) => new()
    {
        With = conversation.With,
        Conversation = conversation.Conversation_,
        Unread = conversation.Unread,
        UnreadIsLeast = conversation.UnreadIsLeast,
        LastSequence = conversation.HeadSequence,
        LastAt = conversation.LastAtUs > 0 ? Times.OfMicroseconds(conversation.LastAtUs) : null,
        DeliveredSequence = conversation.DeliveredSequence,
        ReadSequence = conversation.ReadSequence,
    };
}
