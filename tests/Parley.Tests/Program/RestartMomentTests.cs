using Parley.Client;
using Parley.Verbs.Cluster;

namespace Parley.Tests.Program;

/// <summary>When a rolling restart may go on.</summary>
public sealed class RestartMomentTests
{
    [Fact]
    public void Every_member_must_be_there_and_serve_and_a_majority_stay()
    {
        var (one, two, three) = (Report(1, "leader"), Report(2, "follower"), Report(3, "follower"));

        Assert.Null(new RestartMoment([one, two, three]).FindObstacle(only: null));
        Assert.Equal("node 3 does not answer", new RestartMoment([one, two]).FindObstacle(only: null));
        Assert.Equal(
            "node 2 does not serve",
            new RestartMoment([one, two with { IsServing = false }, three]).FindObstacle(only: null));
        Assert.Equal("no node leads", new RestartMoment([two, three]).FindObstacle(only: null));
        Assert.Equal(
            "2 of 3 voters are there: no majority would stay without one",
            new RestartMoment([one with { FaultsTolerated = 0, ReachableVoters = 2 }, two, three])
                .FindObstacle(only: null));
    }

    [Fact]
    public void Of_one_node_alone_only_that_one_is_asked_for()
    {
        var (one, two) = (Report(1, "leader"), Report(2, "follower"));

        Assert.Null(new RestartMoment([one, two]).FindObstacle(only: 2));
        Assert.Equal("node 3 does not answer", new RestartMoment([one, two]).FindObstacle(only: 3));
        Assert.Equal("node 4 is no member", new RestartMoment([one, two]).FindObstacle(only: 4));
    }

    /// <summary>A leader of an earlier term, cut off, may still say that it leads.</summary>
    [Fact]
    public void The_leader_of_the_highest_term_counts()
    {
        var late = Report(1, "leader") with { FaultsTolerated = 0 };

        var moment = new RestartMoment([late, Report(2, "leader") with { Term = 8 }, Report(3, "follower")]);

        Assert.Equal(2, moment.Leader!.Id);
        Assert.Null(moment.FindObstacle(only: null));
    }

    [Theory]
    [InlineData(7UL, 100, 7UL, 101, false)]
    [InlineData(7UL, 100, 8UL, 0, true)]
    [InlineData(7UL, 0, 8UL, 0, true)]
    [InlineData(0UL, 100, 8UL, 200, true)]
    [InlineData(0UL, 100, 0UL, 101, false)]
    [InlineData(0UL, 100, 0UL, 1, true)]
    public void A_new_process_is_told_by_its_number_and_of_older_programs_by_its_age(
        ulong before, int secondsBefore, ulong now, int secondsNow, bool isAnother) =>
        Assert.Equal(
            isAnother,
            RestartMoment.IsAnotherProcess(
                Report(1, "follower", before, secondsBefore), Report(1, "follower", now, secondsNow)));

    private static NodeReport Report(int id, string role, ulong process = 7, int seconds = 100) => new()
    {
        Address = $"10.0.0.{id}:7401",
        ClusterId = "c",
        Id = id,
        Role = role,
        Leader = 1,
        Term = 7,
        CommitIndex = 90,
        AppliedIndex = 90,
        FaultsTolerated = 1,
        IsServing = true,
        Digest = "",
        DigestIndex = 90,
        Version = "1",
        Voters = 3,
        ReachableVoters = 3,
        Members = [.. Enumerable.Range(1, 3).Select(member => new NodeMember(member, $"10.0.0.{member}:7401", true))],
        Warnings = [],
        Condition = new NodeCondition
        {
            Uptime = TimeSpan.FromSeconds(seconds),
            DiskUsedBytes = 1,
            DiskFreeBytes = 1,
            DiskTotalBytes = 2,
            Clients = 0,
            ClockOffset = null,
            Process = process,
        },
    };
}
