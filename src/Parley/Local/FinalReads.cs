using Parley.Client;
using Parley.Protocol.Chat.V1;
using Parley.Verify;

namespace Parley.Local;

/// <summary>What every node holds at the end, each asked for its own state.</summary>
internal static class FinalReads
{
    /// <summary>The time that nodes get to come to one index where that is judged.</summary>
    public static readonly TimeSpan ConvergeMax = TimeSpan.FromSeconds(15);

    /// <summary>Reads the conversation with <paramref name="peer"/> from each running node.</summary>
    public static async Task<IReadOnlyList<FinalRead>> OfAsync(
        LocalCluster cluster, ParleySession session, string peer, CancellationToken cancellationToken) =>
        await Task.WhenAll(cluster.RunningIds.Select(id => OfNodeAsync(cluster, id, session, peer, cancellationToken)));

    /// <summary>The names of all accounts, from each running node.</summary>
    public static async Task<IReadOnlyList<AccountsRead>> AccountsAsync(
        LocalCluster cluster, ParleySession session, CancellationToken cancellationToken) =>
        await Task.WhenAll(cluster.RunningIds.Select(async id =>
        {
            await using var client = NewClient(cluster, id);
            await using var here = session.Through(client);
            var names = new List<string>();
            await foreach (var account in here.ListAccountsAsync("", cancellationToken))
            {
                names.Add(account.Name);
            }

            return new AccountsRead(id, names);
        }));

    /// <summary>Searches each running node's own state for texts, by a client's account, and writes down what is shown.
    /// </summary>
    /// <returns>How many messages were found.</returns>
    public static async Task<int> SearchedAsync(
        LocalCluster cluster,
        RecordedClient reader,
        IReadOnlyList<(string Text, string Peer)> texts,
        CancellationToken cancellationToken)
    {
        var found = 0;
        foreach (var id in cluster.RunningIds)
        {
            await using var client = NewClient(cluster, id);
            await using var here = reader.Session.Through(client);
            foreach (var (text, peer) in texts)
            {
                found += await reader.SearchAsync(here, text, peer, local: true, cancellationToken);
            }
        }

        return found;
    }

    /// <summary>Waits until all running nodes tell a digest of the same index, and returns what they tell.</summary>
    /// <exception cref="TimeoutException">They do not come together.</exception>
    public static async Task<IReadOnlyList<DigestRead>> ConvergedAsync(
        LocalCluster cluster, TimeSpan within, CancellationToken cancellationToken)
    {
        GetClusterResponse?[] last = [];
        return await Until.FoundAsync(
            async token =>
            {
                last = await Task.WhenAll(cluster.RunningIds.Select(id => cluster.StatusOfAsync(id, token)));
                return HaveConverged(last) ? AsDigests(last) : null;
            },
            within,
            () => $"the nodes did not come to one index: {string.Join(", ", last.Select(Describe))}",
            cancellationToken);
    }

    /// <summary>The message as the checkers know it.</summary>
    public static StoredMessage AsStored(ChatMessage message) => new()
    {
        Sequence = message.Sequence,
        MessageId = message.MessageId.ToString(),
        From = message.From,
        To = message.To,
        Text = message.Text,
        Deleted = message.DeletedAt is null ? null : true,
        LogIndex = message.LogIndex,
    };

    private static async Task<FinalRead> OfNodeAsync(
        LocalCluster cluster, int id, ParleySession session, string peer, CancellationToken cancellationToken)
    {
        await using var client = NewClient(cluster, id);
        await using var here = session.Through(client);
        var messages = new List<ChatMessage>();
        long firstKept = 1;
        string? next = null;
        do
        {
            var page = await here.ListMessagesAsync(peer, 0, next, local: true, cancellationToken);
            messages.AddRange(page.Messages);
            firstKept = Math.Max(1, page.FirstSequenceKept);
            next = page.NextPageToken;
        }
        while (next is not null);
        return new()
        {
            Node = id,
            Account = session.Account,
            Peer = peer,
            Conversation = messages.Count == 0 ? "" : messages[0].Conversation,
            FirstSequenceKept = firstKept,
            Messages = [.. messages.Select(AsStored)],
        };
    }

    private static ParleyClient NewClient(LocalCluster cluster, int id) =>
        new(new()
        {
            Nodes = [cluster.Node(id).ClientAddress],
            CaFingerprint = cluster.CaFingerprint,
            OnlyTheseNodes = true,
        });

    private static bool HaveConverged(GetClusterResponse?[] answers) =>
        answers.All(answer => answer is not null && answer.DigestIndex == answer.AppliedIndex)
        && answers.Select(answer => answer!.DigestIndex).Distinct().Count() == 1;

    private static DigestRead[] AsDigests(GetClusterResponse?[] answers) =>
        [.. answers.Select(answer => new DigestRead(answer!.NodeId, answer.DigestIndex, answer.Digest))];

    private static string Describe(GetClusterResponse? answer) => answer is null
        ? "a node does not answer"
        : $"node {answer.NodeId} applied #{answer.AppliedIndex} with a digest of #{answer.DigestIndex}";
}
