using Parley.Client;
using Parley.Verbs.Messaging;

namespace Parley.Tests.Verbs;

/// <summary>What an operator reads: one sentence, a table, warnings.</summary>
public sealed class StatusTextTests
{
    private static readonly NodeCondition Well = new()
    {
        Uptime = TimeSpan.FromHours(30),
        DiskUsedBytes = 81_000_000,
        DiskFreeBytes = 400_000_000_000,
        DiskTotalBytes = 500_000_000_000,
        Clients = 7,
        ClockOffset = TimeSpan.FromMilliseconds(-3),
    };

    [Theory]
    [InlineData(5, 2, "All 5 nodes up. 2 more may fail.")]
    [InlineData(5, 1, "All 5 answer, but not all reach the leader: 1 more may fail.")]
    [InlineData(4, 1, "4 of 5 up: 1 more may fail.")]
    [InlineData(3, 0, "3 of 5 up: no more may fail.")]
    [InlineData(2, -1, "No majority: read-only. 2 of 5 nodes answer.")]
    [InlineData(0, -1, "No node answers (5 asked).")]
    public void One_sentence_says_how_it_stands(int up, int tolerates, string sentence)
    {
        var picture = PictureOf(Enumerable.Range(1, up).Select(id => Report(id) with { FaultsTolerated = tolerates }));

        Assert.Equal(sentence, StatusText.Of(picture)[0]);
        Assert.Equal(up == 5 && tolerates == 2, picture.IsWell);
    }

    [Fact]
    public void A_cluster_that_never_formed_says_so()
    {
        var waiting = Report(1) with { ClusterId = "", Role = "waiting", Leader = 0, FaultsTolerated = -1 };

        var sentence = StatusText.Sentence(PictureOf([waiting]));

        Assert.StartsWith("The cluster is not formed yet", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_waits_to_be_replaced_is_not_up()
    {
        var waiting = Report(5) with { ClusterId = "", Role = "waiting", Leader = 0, FaultsTolerated = -1 };
        var picture = PictureOf([.. Four().Select(report => report with { FaultsTolerated = 1 }), waiting]);

        Assert.Equal("4 of 5 up: 1 more may fail.", StatusText.Sentence(picture));
        Assert.False(picture.IsWell);
    }

    [Fact]
    public void Every_node_has_its_row()
    {
        var lines = StatusText.Of(PictureOf([.. Four(), Report(5) with { AppliedIndex = 4 }]));

        Assert.Equal(
            "node  address                role          applied     lag      disk            free  clients      "
            + "clock   uptime  version",
            lines[2]);
        Assert.Equal(
            "   1  127.0.0.1:7401         leader             90       0   81.0 MB   400 GB (80 %)        7      "
            + "-3 ms    1d06h  0.1.0",
            lines[3]);
        Assert.Contains("         4      86  ", lines[7], StringComparison.Ordinal);
    }

    [Fact]
    public void An_old_node_that_says_nothing_of_itself_has_dashes()
    {
        var lines = StatusText.Of(PictureOf([Report(1) with { Condition = null }]));

        Assert.EndsWith("-               -        -          -        -  0.1.0", lines[3], StringComparison.Ordinal);
        Assert.EndsWith("unreachable", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_to_warn_of_on_one_machine_for_trying_out() =>
        Assert.Empty(PictureOf([.. Four(), Report(5)]).Warnings);

    [Fact]
    public void Two_nodes_on_one_host_are_named()
    {
        string[] hosts = ["db1:7401", "db2:7401", "db1:7402", "db3:7401", "db4:7401"];
        var members = hosts.Select((host, i) => new NodeMember(i + 1, host, Reachable: true)).ToList();
        var reports = Four().Select(report => report with { Address = hosts[report.Id - 1], Members = members });

        var warning = Assert.Single(PictureOf(reports, asked: hosts).Warnings);

        Assert.StartsWith("nodes 1 and 3 share the host db1: they fail together", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_fills_a_wrong_clock_and_two_versions_are_named()
    {
        var odd = Report(5) with
        {
            Version = "0.2.0",
            Condition = Well with { DiskFreeBytes = 49_000_000_000, ClockOffset = TimeSpan.FromSeconds(-11) },
        };

        Assert.Equal(
            [
                "node 5: less than 10 % of its disk is free (49.0 GB); make room: a node whose disk is full stops",
                "versions differ: 0.1.0 on nodes 1, 2, 3 and 4, 0.2.0 on node 5; finish the upgrade",
                "node 5: its clock is more than 10 s from the others'; set it",
            ],
            PictureOf([.. Four(), odd]).Warnings);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1_000, "1.0 kB")]
    [InlineData(99_949, "99.9 kB")]
    [InlineData(123_456, "123 kB")]
    [InlineData(999_500, "1.0 MB")]
    [InlineData(4_560_000_000, "4.6 GB")]
    public void Bytes_are_short(long bytes, string text) => Assert.Equal(text, StatusText.Bytes(bytes));

    private static IEnumerable<NodeReport> Four() => Enumerable.Range(1, 4).Select(Report);

    private static ClusterPicture PictureOf(IEnumerable<NodeReport> reports, string[]? asked = null)
    {
        var all = reports.ToList();
        var addresses = asked ?? [.. Enumerable.Range(1, 5).Select(AddressOf)];
        return ClusterPicture.Of(
            [.. addresses.Union(all.Select(report => report.Address))],
            all.ToDictionary(report => report.Address, StringComparer.Ordinal));
    }

    private static string AddressOf(int id) => $"127.0.0.1:{7400 + id}";

    private static NodeReport Report(int id) => new()
    {
        Address = AddressOf(id),
        ClusterId = "c1",
        Id = id,
        Role = id == 1 ? "leader" : "follower",
        Leader = 1,
        Term = 4,
        CommitIndex = 90,
        AppliedIndex = 90,
        FaultsTolerated = 2,
        Digest = "d",
        DigestIndex = 90,
        Version = "0.1.0",
        Voters = 5,
        ReachableVoters = 5,
        Members = [.. Enumerable.Range(1, 5).Select(member => new NodeMember(member, AddressOf(member), true))],
        Warnings = [],
        Condition = Well,
    };
}
