using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>When a node stops, and when not.</summary>
public sealed class TenureTests
{
    private static readonly NodeKey Self = new(new NodeId(3), 30);
    private static readonly Membership Nobody = new() { Members = [] };

    [Fact]
    public void It_is_over_when_a_membership_no_longer_names_it()
    {
        var tenure = new Tenure(Self, LogIndex.None, Of(1, 2, 3));
        tenure.Tell(new LogIndex(1), Of(1, 2, 3, 4));
        Assert.False(tenure.IsOver);

        tenure.Tell(new LogIndex(2), Of(1, 2, 4));

        Assert.True(tenure.IsOver);
        tenure.Tell(new LogIndex(3), Of(1, 2, 3, 4));
        Assert.True(tenure.IsOver);
    }

    [Fact]
    public void Another_data_directory_under_its_id_ends_it()
    {
        var tenure = new Tenure(new NodeKey(new NodeId(3), 31), LogIndex.None, Of(1, 2, 3));
        tenure.Tell(new LogIndex(1), Of(1, 2, 3));
        Assert.False(tenure.IsOver); // It was never a member.

        tenure = new Tenure(Self, LogIndex.None, Of(1, 2, 3));
        tenure.Tell(new LogIndex(2), new Membership { Members = [new Member(new NodeId(3), false, 31, "host3:7000")] });
        Assert.True(tenure.IsOver);
    }

    /// <summary>A snapshot of a node that did not know the members yet names nobody: that removes nobody, and what
    /// comes after it counts as before.</summary>
    [Fact]
    public void A_membership_that_names_nobody_says_nothing()
    {
        var tenure = new Tenure(Self, LogIndex.None, Of(1, 2, 3));

        tenure.Tell(new LogIndex(1), Nobody);

        Assert.False(tenure.IsOver);
        tenure.Tell(new LogIndex(2), Of(1, 2));
        Assert.True(tenure.IsOver);
    }

    [Fact]
    public void Who_was_not_named_yet_waits()
    {
        var tenure = new Tenure(Self, LogIndex.None, Nobody);
        tenure.Tell(new LogIndex(1), Of(1, 2));
        Assert.False(tenure.IsOver);
        tenure.Tell(new LogIndex(2), Of(1, 2, 3));
        tenure.Tell(new LogIndex(3), Of(1, 2));
        Assert.True(tenure.IsOver);
    }

    /// <summary>A joiner fetches a snapshot that names it while an old change, of the one whose place it takes, still
    /// waits to be applied.</summary>
    [Fact]
    public void A_snapshot_may_be_told_before_older_entries()
    {
        var tenure = new Tenure(Self, LogIndex.None, Nobody);
        tenure.Tell(new LogIndex(9_000), Of(1, 2, 3));

        tenure.Tell(new LogIndex(100), Of(1, 2));

        Assert.False(tenure.IsOver);
        tenure.Tell(new LogIndex(9_001), Of(1, 2));
        Assert.True(tenure.IsOver);
    }

    [Fact]
    public void An_entry_told_late_may_show_that_a_snapshot_ended_it()
    {
        var tenure = new Tenure(Self, LogIndex.None, Nobody);
        tenure.Tell(new LogIndex(9_000), Of(1, 2));
        Assert.False(tenure.IsOver);

        tenure.Tell(new LogIndex(100), Of(1, 2, 3));

        Assert.True(tenure.IsOver);
    }

    /// <summary>Named at 100 and removed at 150 without a word of either; taken in again at 200 with the directory it
    /// has, it replays both.</summary>
    [Fact]
    public void What_the_log_said_before_it_joined_counts_no_more()
    {
        var tenure = new Tenure(Self, LogIndex.None, Nobody, since: new LogIndex(120));
        tenure.JoinedAfter(new LogIndex(199));

        tenure.Tell(new LogIndex(100), Of(1, 2, 3));
        tenure.Tell(new LogIndex(150), Of(1, 2));
        tenure.Tell(new LogIndex(200), Of(1, 2, 3));

        Assert.False(tenure.IsOver);
        tenure.Tell(new LogIndex(300), Of(1, 2));
        Assert.True(tenure.IsOver);
    }

    /// <summary>A learner's entry that only a leader of a moment ago had is never told here.</summary>
    [Fact]
    public void Only_a_committed_membership_since_it_joined_names_it()
    {
        var tenure = new Tenure(Self, LogIndex.None, Nobody, since: new LogIndex(199));

        tenure.Tell(new LogIndex(100), Of(1, 2, 3));
        tenure.Tell(new LogIndex(200), Of(1, 2));
        Assert.False(tenure.WasNamed);

        tenure.JoinedAfter(new LogIndex(300));
        tenure.Tell(new LogIndex(301), Of(1, 2, 3));
        Assert.True(tenure.WasNamed);
        Assert.False(tenure.IsOver);
        Assert.True(new Tenure(Self, LogIndex.None, Of(1, 2, 3)).WasNamed);
    }

    private static Membership Of(params int[] ids) => new()
    {
        Members = [.. ids.Select(id => new Member(new NodeId(id), true, (ulong)id * 10, $"host{id}:7000"))],
    };
}
