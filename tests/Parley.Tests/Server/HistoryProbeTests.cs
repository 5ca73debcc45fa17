using Parley.Server.Inspection;

namespace Parley.Tests.Server;

/// <summary>What <c>bench --mode history</c> measures is there, and found.</summary>
public sealed class HistoryProbeTests : IDisposable
{
    private const int AttemptsMax = 20;

    private readonly string folder = Directory.CreateTempSubdirectory("parley-history-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_history_is_as_long_as_it_is_asked_for_and_all_of_it_is_found()
    {
        const int Messages = 4_000;
        var told = new List<string>();
        using var probe = await HistoryProbe.CreateAsync(
            folder, Messages, told.Add, TestContext.Current.CancellationToken);

        Assert.Contains($"{Messages} messages applied", told[0], StringComparison.Ordinal);
        Assert.True(probe.StateBytes > 0 && probe.IndexBytes > 0);
        var (large, small) = (HistoryProbe.Conversations[0], HistoryProbe.Conversations[^1]);
        Assert.Equal(HistoryProbe.PageMessages, probe.Open(large).Messages);
        Assert.Equal(Messages / 4 / 500, probe.Open(small).Messages);
        Assert.Equal((20, false), await FindAsync(HistoryProbe.Side(0), large));
        Assert.Equal((20, false), await FindAsync(HistoryProbe.Word(1), with: null));
        Assert.Equal((0, false), await FindAsync($"{HistoryProbe.Side(0)} {HistoryProbe.Side(1)}", large));
        Assert.Equal((0, false), await FindAsync("none", with: null));

        async Task<(int, bool)> FindAsync(string query, string? with)
        {
            // A busy machine may take the core away for longer than a search may last.
            for (var attempt = 1; ; attempt++)
            {
                var stop = TestContext.Current.CancellationToken;
                var (_, found, isCut) = await probe.SearchAsync(query, with, 20, stop);
                if (!isCut || attempt == AttemptsMax)
                {
                    return (found, isCut);
                }
            }
        }
    }

    [Fact]
    public void Every_rank_has_a_word_of_its_own() => Assert.Equal(
        HistoryProbe.Words, Enumerable.Range(1, HistoryProbe.Words).Select(HistoryProbe.Word).Distinct().Count());
}
