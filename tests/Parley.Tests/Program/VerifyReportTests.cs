using Parley.Verbs.Verify;
using Parley.Verbs.Verify.Faults;

namespace Parley.Tests.Program;

/// <summary>What a run of verify says of itself: gaps against figures, what was not done, what healing took.</summary>
public sealed class VerifyReportTests
{
    private static readonly VerifyOptions Options = new()
    {
        Seed = 42,
        Duration = TimeSpan.FromMinutes(2),
        Size = 5,
        Kinds = null,
        Network = null,
        Directory = null,
    };

    [Fact]
    public void The_median_of_an_even_number_is_between_the_two_in_the_middle()
    {
        Assert.Equal(2.0, FaultNotes.MedianOf([1, 3]));
        Assert.Equal(2.5, FaultNotes.MedianOf([1, 2, 3, 90]));
        Assert.Equal(2.0, FaultNotes.MedianOf([1, 2, 90]));
    }

    [Fact]
    public void A_row_tells_whether_its_figure_was_met_and_what_missed_it()
    {
        var lines = Page(
            Note("crash, leader", FaultKind.Crash, 0.2),
            Note("crash, leader", FaultKind.Crash, 1.4),
            Note("pause, leader", FaultKind.Pause, 1.9),
            Note("slow, follower", FaultKind.Slow, 0.3) with { HitLeader = false, Terms = 1 },
            Note("sync, leader", FaultKind.Sync, 1.8));

        Assert.Contains("| crash, leader | 2 | 0.80 | 1.40 | 0 | median ≤ 0.5, max ≤ 1.5 | missed: median |", lines);
        Assert.Contains("| pause, leader | 1 | 1.90 | 1.90 | 0 | max ≤ 2 | met |", lines);
        Assert.Contains(
            "| slow, follower | 1 | 0.30 | 0.30 | 1 | max ≤ 0.5, no election | missed: elections |", lines);
        Assert.Contains("| sync, leader | 1 | 1.80 | 1.80 | 0 | – | – |", lines);
    }

    [Fact]
    public void A_partition_is_measured_by_its_shape()
    {
        var lines = Page(
            Partition("ring: each node has two neighbours left", 0.4),
            Partition("ring: each node has two neighbours left", 0.6),
            Partition("cut off together", 2.4),
            Partition("cut off together", 0.6, hitLeader: false));

        Assert.Contains(
            "| partition, leader: ring: each node has two neighbours left | 2 | 0.50 | 0.60 | 0 "
                + "| max ≤ 0.5, no election | missed: max |",
            lines);
        Assert.Contains("| partition, leader: cut off together | 1 | 2.40 | 2.40 | 0 | max ≤ 2.5 | met |", lines);
        Assert.Contains(
            "| partition, follower: cut off together | 1 | 0.60 | 0.60 | 0 | max ≤ 0.5, no election | missed: max |",
            lines);
    }

    [Fact]
    public void A_row_a_kind_names_the_longest()
    {
        var lines = Page(
            Note("crash, leader", FaultKind.Crash, 0.2),
            Note("crash, follower", FaultKind.Crash, 0.4),
            Note("all", FaultKind.Crash, 9) with { IsBearable = false });

        Assert.Contains("| crash | 2 | 0.30 | 0.40 | crash, follower: somehow |", lines);
    }

    [Theory]
    [InlineData("Power", 9.9, "met")]
    [InlineData("Power", 10.1, "missed: max")]
    [InlineData("Pause", 2.9, "met")]
    [InlineData("Pause", 3.1, "missed: max")]
    public void Without_a_majority_the_way_back_is_measured(string kind, double seconds, string expected)
    {
        var lines = Page(Note("all", Enum.Parse<FaultKind>(kind), seconds) with { IsBearable = false, Victims = 5 });

        Assert.Contains(lines, line => line.StartsWith("| all |", StringComparison.Ordinal)
            && line.EndsWith($"| {expected} |", StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_not_done_and_what_broke_is_on_the_page()
    {
        var lines = Page(Note("crash, leader", FaultKind.Crash, 0.2));

        Assert.Contains("- NOT DONE power: mounting needs root", lines);
        Assert.Contains("- something broke", lines);
        Assert.Contains("FAIL seed=42", lines);
        Assert.Contains("- faults: crash, pause", lines);
    }

    [Fact]
    public void What_was_longer_than_its_figure_has_its_trace_on_the_page()
    {
        var note = Note("crash, leader", FaultKind.Crash, 2);

        var lines = Page(note with { Trace = ["alice had no answer", "0.100 s  node 2: Leader 2 in term 7"] });

        Assert.Contains("crash, leader: somehow: 2.00 s", lines);
        Assert.Contains("0.100 s  node 2: Leader 2 in term 7", lines);
        Assert.DoesNotContain(Page(note), line => line.Contains("longer than its figure", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0.49, 0, false)]
    [InlineData(0.51, 0, true)]
    [InlineData(0.2, 1, false)]
    public void A_gap_beyond_the_median_it_should_have_is_traced(double seconds, long terms, bool isTraced)
    {
        var note = Note("crash, leader", FaultKind.Crash, seconds) with { Terms = terms };

        Assert.Equal(isTraced, GapFigure.Of(note)!.IsExceededBy(note));
    }

    [Fact]
    public void An_election_that_should_not_be_is_traced()
    {
        var note = Note("crash, follower", FaultKind.Crash, 0.2) with { HitLeader = false, Terms = 1 };

        Assert.True(GapFigure.Of(note)!.IsExceededBy(note));
    }

    [Theory]
    [InlineData(29.9, 9.9, false)]
    [InlineData(30.1, 1, true)]
    [InlineData(1, 10.1, true)]
    public void Healing_has_its_figures(double outboxes, double converged, bool isMissed)
    {
        var healing = new HealingTimes(TimeSpan.FromSeconds(outboxes), TimeSpan.FromSeconds(converged));

        Assert.Equal(isMissed, healing.IsMissed);
        Assert.Equal(
            isMissed ? 1 : 0,
            healing.Lines.Count(line => line.StartsWith("C15 MISSED", StringComparison.Ordinal)));
    }

    private static FaultNote Note(string title, FaultKind kind, double seconds) => new()
    {
        Kind = kind,
        Name = $"{title}: somehow",
        Title = title,
        How = "somehow",
        Victims = 1,
        HitLeader = true,
        Terms = 0,
        IsBearable = true,
        Gap = TimeSpan.FromSeconds(seconds),
    };

    private static FaultNote Partition(string shape, double seconds, bool hitLeader = true)
    {
        var title = $"partition, {(hitLeader ? "leader" : "follower")}";
        return Note(title, FaultKind.Partition, seconds) with
        {
            Name = $"{title}: {shape}",
            How = shape,
            HitLeader = hitLeader,
        };
    }

    private static List<string> Page(params FaultNote[] notes) =>
    [
        .. new VerifyReport
        {
            Options = Options,
            Kinds = [FaultKind.Crash, FaultKind.Pause],
            NotDone = ["NOT DONE power: mounting needs root"],
            Notes = notes,
            Verdicts = [],
            Healing = [],
            Changes = "answered: 3 edits",
            Broken = ["something broke"],
            Last = "FAIL seed=42",
        }.Lines(),
    ];
}
