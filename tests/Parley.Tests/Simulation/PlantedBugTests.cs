using Parley.Simulation.Faults;
using Parley.Simulation.Running;

namespace Parley.Tests.Simulation;

/// <summary>Tests of the simulator: each bug planted in its driver is caught within a stated number of seeds.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("AppendAnsweredBeforeSync", 1, 10, "a promise is synced before it leaves")]
    [InlineData("VoteAnsweredBeforeSync", 1, 10, "a promise is synced before it leaves")]
    [InlineData("HardStateLostAtRestart", 1, 10, "no exception")]
    [InlineData("VoteForgottenAtRestart", 56, 10, "one vote a term")]
    [InlineData("MajorityOfTheReachable", 1, 10, "commit needs a synced majority")]
    [InlineData("RepeatUnderNewIds", 1, 10, "C2 nothing is doubled")]
    [InlineData("AppliedBeforeCommitted", 1, 10, "applied is committed")]
    [InlineData("EntrySkipped", 1, 10, "C13 equal digests")]
    [InlineData("SnapshotUnderWrongMark", 1, 20, "a snapshot is what its mark says")]
    [InlineData("DropOnResume", 1, 10, "C6 delivery in order, nothing skipped")]
    [InlineData("LeaderCountsUnsynced", 1, 10, "commit needs a synced majority")]
    [InlineData("TruncationForgotten", 1, 20, "the disk holds the log that was handed to it")]
    [InlineData("ClockInApply", 1, 10, "C13 equal digests")]
    [InlineData("StaleRead", 1, 20, "C12 no stale read")]
    [InlineData("AnsweredBeforeCommit", 1, 20, "C1 nothing acknowledged is lost")]
    [InlineData("SyncLies", 1, 10, "no exception")]
    [InlineData("AcknowledgedOnSending", 1, 10, "C6 delivery in order, nothing skipped")]
    public void A_planted_bug_is_caught(string plant, int start, int seedsMax, string property)
    {
        var search = new SeedSearch(Enum.Parse<Plant>(plant));

        search.Run((ulong)start, workers: 1, now => now.Failures.Count > 0 || now.SeedsRun >= seedsMax);

        output.WriteLine($"{plant}: {search.SeedsRun} seeds from {start} of at most {seedsMax}");
        var caught = Assert.Single(search.Failures);
        output.WriteLine($"seed {caught.Seed}: {caught.FirstLine}");
        Assert.Equal(property, caught.Property);
    }

    [Fact]
    public void Every_planted_bug_has_its_row()
    {
        var rows = typeof(PlantedBugTests).GetMethod(nameof(A_planted_bug_is_caught))!
            .GetCustomAttributes(typeof(InlineDataAttribute), inherit: false)
            .Cast<InlineDataAttribute>()
            .Select(row => (string)row.Data[0]!);

        Assert.Equal(Enum.GetNames<Plant>().Where(n => n != nameof(Plant.None)).Order(), rows.Order());
    }
}
