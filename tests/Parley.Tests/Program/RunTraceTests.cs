using Parley.Verbs.Verify.Traces;

namespace Parley.Tests.Program;

/// <summary>What a report says of a gap that is longer than it should be.</summary>
public sealed class RunTraceTests
{
    private const string Cores = "some avg10=1.00 avg60=0.00 avg300=0.00 total=300000\nfull avg10=0.00 total=7\n";
    private const string Disks = "some avg10=0.00 avg60=0.00 avg300=0.00 total=1000\nfull avg10=0.00 total=9\n";
    private const string Stat = "cpu  10 0 20 60 5 0 3 2 0 0";

    [Fact]
    public void What_the_kernel_counts_is_read()
    {
        var sample = MachineSample.Parse(at: 4, Cores, Disks, Stat);

        Assert.Equal(new(At: 4, WaitedForCore: 300_000, WaitedForDisk: 1_000, Busy: 33, Stolen: 2, All: 100), sample);
    }

    [Fact]
    public void Shares_are_of_the_time_between()
    {
        var second = TimeProvider.System.TimestampFrequency;
        var before = new MachineSample(At: 0, WaitedForCore: 0, WaitedForDisk: 0, Busy: 0, Stolen: 0, All: 0);
        var after = new MachineSample(
            At: second, WaitedForCore: 250_000, WaitedForDisk: 500_000, Busy: 150, Stolen: 20, All: 200);

        Assert.Equal(
            "cores were busy for 75% of the time and taken away for 10%; "
                + "something waited for a core for 25% of it, for a disk for 50%",
            MachineWatch.SharesOf(before, after));
    }

    [Fact]
    public void Without_numbers_of_the_kernel_it_says_so()
    {
        Assert.Contains("not known", MachineWatch.SharesOf(default, default), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "2026-01-02T03:04:05.678Z info: Parley.Server.Consensus.NodeRuntime[2001] Leader 1 in term 1 (0: nobody.)",
        "NodeRuntime[2001] Leader 1 in term 1 (0: nobody.)")]
    [InlineData("listening client=10.0.0.1:1 node=10.0.0.1:2", "listening client=10.0.0.1:1 node=10.0.0.1:2")]
    [InlineData("parley: storage failed [5]. Parley.", "parley: storage failed [5]. Parley.")]
    public void Lines_of_nodes_lose_what_is_the_same_in_all(string line, string expected)
    {
        Assert.Equal(expected, RunTrace.Shorten(line));
    }

    [Fact]
    public void What_happened_in_a_gap_is_told_and_nothing_else()
    {
        using var trace = new RunTrace();
        trace.Note("long before");
        var begin = TimeProvider.System.GetTimestamp() + TimeProvider.System.TimestampFrequency;
        var late = begin + TimeProvider.System.TimestampFrequency;

        var nothing = trace.Describe(begin, new("alice", begin, late));
        var now = TimeProvider.System.GetTimestamp();
        trace.Note("in it");
        var something = trace.Describe(now, new("alice", now, now + TimeProvider.System.TimestampFrequency));

        Assert.Equal(2, nothing.Count);
        Assert.Equal("alice had no answer from 0.000 s to 1.000 s", nothing[0]);
        Assert.StartsWith("the machine meanwhile: ", nothing[1], StringComparison.Ordinal);
        Assert.EndsWith("s  in it", something[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_lines_the_first_and_the_last_are_told()
    {
        using var trace = new RunTrace();
        var begin = TimeProvider.System.GetTimestamp();
        for (var number = 1; number <= 100; number++)
        {
            trace.Note($"line {number}");
        }

        var lines = trace.Describe(begin, new("alice", begin, TimeProvider.System.GetTimestamp()));

        Assert.Equal(2 + 41, lines.Count);
        Assert.EndsWith("  line 1", lines[2], StringComparison.Ordinal);
        Assert.Contains("(60 lines left out)", lines);
        Assert.EndsWith("  line 100", lines[^1], StringComparison.Ordinal);
    }
}
