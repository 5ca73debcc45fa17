using Parley.Simulation.Faults;
using Parley.Simulation.Running;

namespace Parley.Tests.Simulation;

/// <summary>Tests of the simulator: each bug planted in its driver is caught within a stated number of seeds.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("AppendAnsweredBeforeSync", 10, "a promise is synced before it leaves")]
    [InlineData("VoteAnsweredBeforeSync", 10, "a promise is synced before it leaves")]
    [InlineData("HardStateLostAtRestart", 10, "a term never falls")]
    [InlineData("VoteForgottenAtRestart", 40, "one vote a term")]
    [InlineData("MajorityOfTheReachable", 10, "commit needs a synced majority")]
    [InlineData("RepeatUnderNewIds", 10, "C2 nothing is doubled")]
    [InlineData("AppliedBeforeCommitted", 10, "applied is committed")]
    [InlineData("EntrySkipped", 10, "C13 equal digests")]
    [InlineData("SnapshotUnderWrongMark", 20, "a snapshot is what its mark says")]
    [InlineData("DropOnResume", 10, "C6 delivery in order, nothing skipped")]
    [InlineData("LeaderCountsUnsynced", 10, "applied is synced")]
    [InlineData("TruncationForgotten", 20, "what was synced is there after a crash")]
    [InlineData("ClockInApply", 10, "C13 equal digests")]
    [InlineData("StaleRead", 20, "C12 no stale read")]
    [InlineData("AnsweredBeforeCommit", 20, "C2 nothing is doubled")]
    [InlineData("SyncLies", 10, "no exception")]
    [InlineData("StateAltered", 20, "C13 a node that differs finds it by itself")]
    [InlineData("AcknowledgedOnSending", 10, "C6 delivery in order, nothing skipped")]
    [InlineData("ChangeDoneAgain", 10, "C17 the last edit stands")]
    [InlineData("QueueOfAnyAge", 10, "C15 a majority has a leader")]
    [InlineData("LostDiskKeepsIncarnation", 20, "only removed nodes stop")]
    [InlineData("SnapshotNamesFounders", 20, "one voter changes at a time")]
    [InlineData("TwoChangesAtOnce", 20, "one voter changes at a time")]
    [InlineData("ChangeBeforeOwnCommit", 40, "a change of members follows a commit of the own term")]
    [InlineData("RemovedLeaderCountsItself", 20, "commit needs a synced majority")]
    public void A_planted_bug_is_caught(string plant, int seedsMax, string property)
    {
        var planted = Enum.Parse<Plant>(plant);
        var isStorm = planted == Plant.VoteForgottenAtRestart; // Two candidates must meet at one voter's restart.
        var isOverload = planted == Plant.QueueOfAnyAge; // There must be a queue.
        var search = new SeedSearch(new RunSettings
        {
            Plant = planted,
            IsStorm = isStorm,
            IsOverload = isOverload,
            IsShort = isOverload,
        });

        search.Run(start: 1, workers: 1, now => now.Failures.Count > 0 || now.SeedsRun >= seedsMax);

        output.WriteLine($"{plant}: {search.SeedsRun} seeds of at most {seedsMax}");
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
