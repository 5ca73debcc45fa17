using Parley.Client.Receiving;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <content>Search.</content>
public sealed partial class ParleySession
{
    /// <summary>Finds messages that the account may read by their words, the newest first.</summary>
    /// <param name="query">1 to 16 words, all of which a message must have, whatever case and accents; what stands in
    /// quotes must be together. At most 256 bytes.</param>
    /// <param name="with">Another account, or a room with a '#' before it; null: everywhere.</param>
    /// <param name="pageSize">The most messages wanted, 1 to 100.</param>
    /// <param name="pageToken">Of the page before, or null.</param>
    /// <param name="local">The answering node's own state, without asking others.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task<FoundPage> SearchMessagesAsync(
        string query,
        string? with,
        int pageSize,
        string? pageToken,
        bool local,
        CancellationToken cancellationToken)
    {
        var request = new SearchMessagesRequest
        {
            Query = query,
            With = with ?? "",
            PageSize = pageSize,
            PageToken = pageToken ?? "",
            Local = local,
        };
        var page = await walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Messages.SearchMessagesAsync(request, Options(deadline, !local, cancellation)),
                walker.Nodes, node, answer => local ? 0 : answer.LogIndex),
            "searching", changes: false, cancellationToken);
        return new FoundPage
        {
            Messages = [.. page.Messages.Select(WireMessages.ToMessage)],
            NextPageToken = page.NextPageToken.Length > 0 ? page.NextPageToken : null,
            Stale = page.Stale,
            Incomplete = page.Incomplete,
        };
    }
}
