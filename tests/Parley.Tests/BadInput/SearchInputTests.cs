using System.Text;
using Grpc.Core;
using Parley.Core.Search;
using Parley.Local;
using Parley.Tests.Cluster;
using Parley.Tests.Core;

namespace Parley.Tests.BadInput;

/// <summary>Searches: queries, partners, pages; and who finds what on which node.</summary>
[Collection(BadInputCollection.Name)]
[Trait("Promise", "8")]
public sealed class SearchInputTests(BadInputStage stage)
{
    private const string BadQuery = "INVALID_ARGUMENT QUERY_INVALID: query: ";
    private const string BadToken = "INVALID_ARGUMENT PAGE_TOKEN_INVALID";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public Task Queries() => stage.RunAsync(
    [
        .. SearchQueryTests.Hostile.Select(row => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(row.Data)))
            .Select(query => Row.MemberOnly(
                $"a query like {query}",
                caller => caller.SearchAsync(query),
                SearchQuery.Find(query, out var expected) is null ? BadQuery + expected : Row.Ok)),
        Row.Session("no query", caller => caller.SearchAsync(""),
            $"{BadQuery}1 to 16 words of letters or digits are expected"),
        Row.Session("a query of 257 bytes", caller => caller.SearchAsync(new string('x', 257)),
            $"{BadQuery}at most 256 bytes are expected"),
        Row.Session("a query of 60 KB", caller => caller.SearchAsync(new string('x', 60_000)),
            $"{BadQuery}at most 256 bytes are expected"),
        Row.Session("17 words", caller => caller.SearchAsync(string.Join(' ', Enumerable.Repeat("x", 17))),
            $"{BadQuery}1 to 16 words of letters or digits are expected"),
    ]);

    [Fact]
    public async Task Partners_and_pages()
    {
        var query = stage.As(stage.Bob).Canary;
        var bobs = await stage.Node(1).Messages.SearchMessagesAsync(
            new() { Query = query, PageSize = 1 }, stage.As(stage.Bob).Options);
        Assert.NotEmpty(bobs.NextPageToken);

        await stage.RunAsync(
        [
            Row.Session("with nobody", caller => caller.SearchAsync("x", with: "nobody"), "NOT_FOUND NOT_FOUND"),
            Row.Session("with a name of SQL", caller => caller.SearchAsync("x", with: "'; DROP"),
                "INVALID_ARGUMENT NAME_INVALID"),
            Row.Session("in a room without a name", caller => caller.SearchAsync("x", with: "#"),
                "INVALID_ARGUMENT NAME_INVALID"),
            new Row("in a room by invitation", caller => caller.SearchAsync("x", with: BadInputStage.Board),
                Row.NoSession, Row.Ok, "NOT_FOUND NOT_FOUND"),
            new Row("in a public room", caller => caller.SearchAsync("x", with: BadInputStage.Hall),
                Row.NoSession, Row.Ok, "PERMISSION_DENIED NOT_MEMBER"),
            Row.Session("a page size of -1", caller => caller.SearchAsync("x", pageSize: -1),
                "INVALID_ARGUMENT PAGE_SIZE_INVALID"),
            Row.Session("a page size of 10^9", caller => caller.SearchAsync("x", pageSize: 1_000_000_000), Row.Ok),
            Row.Session("a forged page token", caller => caller.SearchAsync("x", pageToken: caller.Canary), BadToken),
            Row.Session("a page token of another query",
                caller => caller.SearchAsync("x", pageToken: bobs.NextPageToken), BadToken),
            Row.Session("a page token of another partner",
                caller => caller.SearchAsync(query, with: "carol", pageToken: bobs.NextPageToken), BadToken),
            new Row("another's page token", caller => caller.SearchAsync(query, pageToken: bobs.NextPageToken),
                Row.NoSession, Row.Ok, BadToken),
        ]);
    }

    [Fact]
    public async Task Every_node_finds_for_whom_it_is_and_for_nobody_else()
    {
        var word = $"needle{Guid.NewGuid():N}";
        var last = stage.Bob.LastCounter;
        await stage.SendAsync(stage.Bob, "carol", 3, word);
        string[] sent = [$"{word} {last + 3}", $"{word} {last + 2}", $"{word} {last + 1}"];

        for (var node = 1; node <= 5; node++)
        {
            Assert.Equal(sent, await FindAsync(node, stage.Bob, word, sent.Length));
            Assert.Equal(sent, await FindAsync(node, stage.Carol, word, sent.Length));
            Assert.Empty(await FindAsync(node, stage.Dave, word, 0));
            Assert.Empty(await FindAsync(node, stage.Alice, word, 0));
        }
    }

    /// <summary>The texts found on a node, the newest first, once as many of them are there as the caller may read.
    /// </summary>
    private async Task<IEnumerable<string>> FindAsync(int node, Person who, string word, int count)
    {
        CallOptions options = stage.As(who).Options;
        var page = await Until.FoundAsync(
            async _ => await RawNode.KnownAsync(() => stage.Node(node).Messages.SearchMessagesAsync(
                new() { Query = word.ToUpperInvariant(), With = "" }, options).ResponseAsync)
                is { Incomplete: false, Stale: false } whole && whole.Messages.Count >= count ? whole : null,
            Deadline,
            () => $"node {node} did not have everything in its index",
            TestContext.Current.CancellationToken);
        return page.Messages.Select(message => message.Text);
    }
}
