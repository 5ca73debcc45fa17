using System.Globalization;
using Parley.Simulation.Faults;
using Parley.Simulation.Running;

namespace Parley.Tests.Simulation;

/// <summary>Whole clusters under drawn faults: nothing answered is lost or doubled, orders agree, all
/// converges.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    private const int FixedSeeds = 12;
    private const int RotatingSeeds = 40;
    private const int FailpointSeedsMax = 500;

    [Fact]
    [Trait("Promise", "1")]
    [Trait("Promise", "2")]
    [Trait("Promise", "3")]
    [Trait("Promise", "4")]
    public void Every_promise_holds_for_a_fixed_set_of_seeds() => Search(start: 1, FixedSeeds, isShort: false);

    [Fact]
    [Trait("Promise", "1")]
    [Trait("Promise", "2")]
    [Trait("Promise", "3")]
    [Trait("Promise", "4")]
    public void A_search_sees_every_failpoint()
    {
        var search = Search(start: 1, FailpointSeedsMax, isShort: true, now => now.Failpoints.NeverHit.Count == 0);

        foreach (var line in search.Failpoints.Describe())
        {
            output.WriteLine(line);
        }

        Assert.Empty(search.Failpoints.NeverHit);
    }

    [Fact]
    [Trait("Promise", "1")]
    [Trait("Promise", "2")]
    [Trait("Promise", "3")]
    [Trait("Promise", "4")]
    public void Every_promise_holds_for_todays_seeds()
    {
        var day = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        Search(ulong.Parse(day, CultureInfo.InvariantCulture) * 1_000, RotatingSeeds, isShort: true);
    }

    /// <summary>A follower's entries and what the next leader put in their place came under one sync; a check cried.
    /// </summary>
    [Theory]
    [InlineData(10_001_434)]
    [InlineData(11_000_741)]
    public void One_sync_may_cover_entries_and_what_replaces_them(ulong seed) => Search(seed, seeds: 1, isShort: true);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9)]
    public void A_seed_means_the_same_run_every_time(ulong seed)
    {
        var first = SimulatedRun.Run(seed);
        var second = SimulatedRun.Run(seed);

        Assert.Equal(first, second);
    }

    [Fact]
    public void Scenarios_have_one_three_and_five_nodes_with_and_without_each_fault()
    {
        var scenarios = Enumerable.Range(1, 100).Select(seed => Scenario.Draw((ulong)seed)).ToArray();

        Assert.Equal([1, 3, 5], scenarios.Select(s => s.Nodes).Distinct().Order());
        Assert.Contains(scenarios, s => s.Network.DropRate > 0);
        Assert.Contains(scenarios, s => s.Network.DropRate == 0);
        Assert.Contains(scenarios, s => s.Machine.AllLosePowerEveryUs > 0);
        Assert.Contains(scenarios, s => s.Machine.AllLosePowerEveryUs == 0);
        Assert.Contains(scenarios, s => s.Node.SnapshotEveryEntries > 0);
    }

    private SeedSearch Search(ulong start, int seeds, bool isShort, Func<SeedSearch, bool>? hasSeenEnough = null)
    {
        var search = new SeedSearch(new RunSettings { IsShort = isShort });
        search.Run(start, workers: 2, now => now.SeedsRun >= seeds || hasSeenEnough?.Invoke(now) == true);

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{search.SeedsRun} seeds from {start}: {search.VirtualSeconds:F0} virtual s, "
            + $"{search.LinesAnswered} lines, {search.Rate:F0} virtual s per wall s and core"));
        Assert.True(search.Failures.Count == 0, string.Join(
            Environment.NewLine, search.Failures.Select(f => $"seed {f.Seed}: {f.Failure}")));
        return search;
    }
}
