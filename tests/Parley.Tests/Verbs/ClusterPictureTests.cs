using Parley.Client;
using Parley.Verbs.Messaging;

namespace Parley.Tests.Verbs;

/// <summary>What the answers of single nodes say together.</summary>
public sealed class ClusterPictureTests
{
    private static readonly string[] Asked = [.. Enumerable.Range(1, 5).Select(Address)];

    [Fact]
    public void The_leader_speaks_for_itself()
    {
        var picture = PictureOf(
            Report(1, "follower", 2, term: 4, tolerates: 2), Report(2, "leader", 2, term: 4, tolerates: 2));

        Assert.Equal((2, 4L, 2), (picture.Leader, picture.Term, picture.Tolerates));
        Assert.Equal([1, 2, 3, 4, 5], picture.Nodes.Select(node => node.Id));
        Assert.Equal(Address(4), picture.Nodes[3].Address);
        Assert.Null(picture.Nodes[3].Report);
    }

    [Fact]
    public void Two_that_remember_a_leader_are_no_majority()
    {
        var picture = PictureOf(
            Report(4, "follower", 1, term: 3, tolerates: 2), Report(5, "follower", 1, term: 3, tolerates: 2));

        Assert.Null(picture.Leader);
        Assert.Equal(-1, picture.Tolerates);
    }

    [Fact]
    public void A_deposed_leader_is_not_believed()
    {
        var picture = PictureOf(
            Report(1, "leader", 1, term: 3, tolerates: 0), Report(2, "leader", 2, term: 4, tolerates: 1));

        Assert.Equal(2, picture.Leader);
    }

    [Fact]
    public void Nobody_there_is_told_as_such()
    {
        var picture = PictureOf();

        Assert.False(picture.IsAnyReachable);
        Assert.StartsWith(
            Json(
                "{'cluster':null,'leader':null,'term':null,'tolerates':-1,'nodes':[{'id':null,'address':'h:1',",
                "'reachable':false,'role':null,'term':null,'commit_index':null,'applied_index':null,'digest':null,",
                "'digest_index':null,'version':null,'lag_entries':null,'disk_used_bytes':null,",
                "'disk_free_bytes':null,'disk_total_bytes':null,'clients':null,'uptime_seconds':null,",
                "'clock_offset_us':null,'agreed_index':null},{'id':null,'address':'h:2',"),
            StatusJson.Of(picture),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_is_to_the_letter()
    {
        var json = StatusJson.Of(PictureOf(Report(1, "leader", 1, term: 4, tolerates: 2)));

        Assert.StartsWith(
            Json(
                "{'cluster':'c1','leader':1,'term':4,'tolerates':2,'nodes':[{'id':1,'address':'h:1','reachable':true,",
                "'role':'leader','term':4,'commit_index':9,'applied_index':9,'digest':'d','digest_index':9,",
                "'version':'0.1.0','lag_entries':0,'disk_used_bytes':null,'disk_free_bytes':null,",
                "'disk_total_bytes':null,'clients':null,'uptime_seconds':null,'clock_offset_us':null,",
                "'agreed_index':null},",
                "{'id':2,'address':'h:2','reachable':false,'role':null,"),
            json,
            StringComparison.Ordinal);
    }

    private static string Json(params string[] parts) => string.Concat(parts).Replace('\'', '"');

    private static ClusterPicture PictureOf(params NodeReport[] reports) =>
        ClusterPicture.Of(Asked, reports.ToDictionary(report => report.Address, StringComparer.Ordinal));

    private static string Address(int id) => $"h:{id}";

    private static NodeReport Report(int id, string role, int leader, long term, int tolerates) => new()
    {
        Address = Address(id),
        ClusterId = "c1",
        Id = id,
        Role = role,
        Leader = leader,
        Term = term,
        CommitIndex = 9,
        AppliedIndex = 9,
        FaultsTolerated = tolerates,
        Digest = "d",
        DigestIndex = 9,
        Version = "0.1.0",
        Voters = 5,
        ReachableVoters = 5,
        Members =
        [
            .. Enumerable.Range(1, 5).Select(member => new NodeMember(member, Address(member), Reachable: true)),
        ],
        Warnings = [],
    };
}
