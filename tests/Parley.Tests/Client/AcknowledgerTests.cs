using System.Globalization;
using Parley.Client;
using Parley.Client.Receiving;
using Parley.Protocol.Chat.V1;
using Reasons = Parley.Server.Api.Reasons;

namespace Parley.Tests.Client;

/// <summary>Marks that travel together, and end each by itself.</summary>
public sealed class AcknowledgerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<string[]> calls = [];
    private readonly List<string> confirmed = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Promise", "4")]
    public async Task A_conversation_that_is_gone_keeps_no_other_from_being_acknowledged()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        var sent = new TaskCompletionSource();
        var open = new TaskCompletionSource();
        nodes[0].Script.OnAcknowledge = async request =>
        {
            calls.Add(NamesIn(request));
            sent.TrySetResult();
            await open.Task;
            if (NamesIn(request).Contains("gone"))
            {
                throw Reasons.NotFound.ToRpcException(null, TimeSpan.Zero);
            }
        };

        var first = nodes.Session.AcknowledgeAsync("first", 1, Stop);
        await sent.Task.WaitAsync(Patience, Stop);
        var gone = nodes.Session.AcknowledgeAsync("gone", 1, Stop);
        var kept = nodes.Session.AcknowledgeAsync("kept", 1, Stop);
        open.SetResult();

        await first.WaitAsync(Patience, Stop);
        await kept.WaitAsync(Patience, Stop);
        await Assert.ThrowsAsync<NotFoundException>(() => gone.WaitAsync(Patience, Stop));
        Assert.Equal([["first"], ["gone", "kept"], ["gone"], ["kept"]], calls);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(37)]
    [InlineData(63)]
    public async Task One_that_is_refused_among_many_costs_few_calls(int place)
    {
        var refused = NameOf(place);
        var ends = await AcknowledgeAsync(64, names =>
            names.Contains(refused) ? new RefusedException("BEYOND_HEAD", "not yet") : null);

        Assert.Equal([place], FailedIn(ends));
        Assert.IsType<RefusedException>(ends[place]);
        Assert.Equal(NamesOf(64).Where(name => name != refused), confirmed.Order(StringComparer.Ordinal));
        Assert.Equal(1 + (2 * 6), calls.Count);
    }

    public static TheoryData<ParleyException> NotNow =>
    [
        new NoMajorityException("no node took it"),
        new OutcomeUnknownException("OUTCOME_UNKNOWN", "no answer"),
        new NotAuthenticatedException("SESSION_ENDED", "log in"),
        new RefusedException("TOO_MANY_CONNECTIONS", "later"),
        new ConflictException("CLUSTER_CHANGED", "another cluster"),
    ];

    [Theory]
    [MemberData(nameof(NotNow))]
    public async Task What_is_said_of_no_mark_makes_no_further_calls(ParleyException failure)
    {
        var ends = await AcknowledgeAsync(1_001, _ => failure);

        Assert.All(ends, end => Assert.Same(failure, end));
        Assert.Single(calls);
        Assert.Empty(confirmed);
    }

    [Fact]
    public async Task What_was_taken_before_the_nodes_fell_silent_is_confirmed()
    {
        var ends = await AcknowledgeAsync(4, names => names.Length == 4 ? new NotFoundException("NOT_FOUND", "gone")
            : names.Contains(NameOf(2)) ? new NoMajorityException("no node took it")
            : null);

        Assert.Equal([2, 3], FailedIn(ends));
        Assert.All(ends[2..], end => Assert.IsType<NoMajorityException>(end));
        Assert.Equal([NameOf(0), NameOf(1)], confirmed);
        Assert.Equal(3, calls.Count);
    }

    private static string NameOf(int place) => place.ToString("d4", CultureInfo.InvariantCulture);

    private static IEnumerable<string> NamesOf(int count) => Enumerable.Range(0, count).Select(NameOf);

    private static string[] NamesIn(AcknowledgeMessagesRequest request) =>
        [.. request.Acknowledgements.Select(mark => mark.Conversation)];

    private static IEnumerable<int> FailedIn(Exception?[] ends) =>
        Enumerable.Range(0, ends.Length).Where(place => ends[place] is not null);

    /// <summary>How each of so many marks ended that travelled together; null: the cluster has it.</summary>
    private async Task<Exception?[]> AcknowledgeAsync(int count, Func<string[], Exception?> refuse)
    {
        var sent = new TaskCompletionSource();
        var open = new TaskCompletionSource();
        await using var acknowledger = new Acknowledger(
            async (request, _) =>
            {
                if (sent.TrySetResult())
                {
                    await open.Task;
                    return;
                }

                calls.Add(NamesIn(request));
                if (refuse(calls[^1]) is { } refusal)
                {
                    throw refusal;
                }
            },
            (name, _) => confirmed.Add(name));
        var first = acknowledger.AcknowledgeAsync("first", 1);
        await sent.Task.WaitAsync(Patience, Stop);
        var tasks = NamesOf(count).Select(name => acknowledger.AcknowledgeAsync(name, 1)).ToList();
        open.SetResult();
        await first.WaitAsync(Patience, Stop);
        await Task.WhenAny(Task.WhenAll(tasks)).WaitAsync(Patience, Stop);
        confirmed.Remove("first");
        return [.. tasks.Select(task => task.Exception?.InnerException)];
    }
}
