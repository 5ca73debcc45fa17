using Google.Protobuf;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <content>Messages that are stored, edited and deleted. Each call is done once, whatever is repeated meanwhile.
/// </content>
public sealed partial class ParleySession
{
    /// <summary>Replaces the text of one of the session's own messages; its id and sequence stay.</summary>
    /// <param name="conversation">The conversation's opaque id.</param>
    /// <param name="sequence">The message's sequence there.</param>
    /// <param name="text">1 to 16,384 bytes, not blank.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task EditMessageAsync(
        string conversation, long sequence, string text, CancellationToken cancellationToken) =>
        EditMessageAsync(NewRequestId(), conversation, sequence, text, cancellationToken);

    /// <summary>Deletes a message for ever: one's own, or in a room that of somebody who stands below.</summary>
    /// <param name="conversation">The conversation's opaque id.</param>
    /// <param name="sequence">The message's sequence there.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task DeleteMessageAsync(string conversation, long sequence, CancellationToken cancellationToken) =>
        DeleteMessageAsync(NewRequestId(), conversation, sequence, cancellationToken);

    /// <summary>As the other, under an id by which it can be asked for again; returns the log index of the answer.
    /// </summary>
    internal async Task<long> EditMessageAsync(
        ByteString requestId,
        string conversation,
        long sequence,
        string text,
        CancellationToken cancellationToken)
    {
        var request = new EditMessageRequest
        {
            RequestId = requestId,
            Conversation = conversation,
            Sequence = sequence,
            Text = text,
        };
        var answer = await walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Messages.EditMessageAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "editing the message", changes: true, cancellationToken, Repeat.Remembered);
        return answer.LogIndex;
    }

    /// <summary>As the other, under an id by which it can be asked for again; returns the log index of the answer.
    /// </summary>
    internal async Task<long> DeleteMessageAsync(
        ByteString requestId, string conversation, long sequence, CancellationToken cancellationToken)
    {
        var request = new DeleteMessageRequest
        {
            RequestId = requestId,
            Conversation = conversation,
            Sequence = sequence,
        };
        var answer = await walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Messages.DeleteMessageAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "deleting the message", changes: true, cancellationToken, Repeat.Remembered);
        return answer.LogIndex;
    }
}
