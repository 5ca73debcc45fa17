using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Server.Hosting;
using Parley.Server.Nodes;

namespace Parley.Tests.Server;

/// <summary>Where a node looks for another one.</summary>
public sealed class AddressBookTests
{
    private static readonly FoundingMember[] Founders =
    [
        new(new NodeId(1), 11, "127.0.0.1:7501"),
        new(new NodeId(2), 22, "127.0.0.1:7502"),
        new(new NodeId(3), 33, "127.0.0.1:7503"),
    ];

    private readonly Dictionary<string, string> settings = new()
    {
        ["id"] = "1",
        ["data"] = "/var/lib/parley/1",
        ["listen"] = "127.0.0.1:7401",
        ["node-listen"] = "127.0.0.1:7501",
        ["members"] = "1=127.0.0.1:7501,2=127.0.0.1:7502,3=127.0.0.1:7503",
    };

    /// <summary>Node 3 was replaced at another machine, with the bundle of its predecessor, which names the old one.
    /// </summary>
    [Fact]
    public void The_logged_address_of_a_newcomer_goes_before_what_it_says_and_what_settings_say()
    {
        var addresses = Make();
        var newcomer = new Member(new NodeId(3), true, 34, "127.0.0.1:7603");

        addresses.Said(newcomer.Key, ["127.0.0.1:7503"]);

        Assert.Equal(["127.0.0.1:7603", "127.0.0.1:7503"], WaysTo(addresses, newcomer));
        Assert.Equal("127.0.0.1:7603", addresses.Of(newcomer));
    }

    [Fact]
    public void A_member_that_moved_since_is_looked_for_where_it_says_it_is_as_well()
    {
        var addresses = Make();
        var sixth = new Member(new NodeId(6), true, 66, "127.0.0.1:7506");

        addresses.Said(sixth.Key, ["127.0.0.1:7606"]);
        addresses.Said(new NodeKey(new NodeId(6), 67), ["127.0.0.1:7706"]);

        Assert.Equal(["127.0.0.1:7506", "127.0.0.1:7606"], WaysTo(addresses, sixth));
        addresses.Forget(sixth.Key);
        Assert.Equal(["127.0.0.1:7506"], WaysTo(addresses, sixth));
    }

    [Fact]
    public void Settings_rule_for_a_founder_until_the_log_says_otherwise()
    {
        settings["members"] = "1=127.0.0.1:7501,2=127.0.0.1:7602,3=127.0.0.1:7503";
        var addresses = Make();

        Assert.Equal(
            ["127.0.0.1:7602", "127.0.0.1:7502"],
            WaysTo(addresses, new Member(new NodeId(2), true, 22, "127.0.0.1:7502")));
        Assert.Equal(
            ["127.0.0.1:7702", "127.0.0.1:7602"],
            WaysTo(addresses, new Member(new NodeId(2), true, 22, "127.0.0.1:7702")));
    }

    [Fact]
    public void Where_a_tunnel_is_told_nothing_else_is_dialled()
    {
        settings["dial"] = "3=127.0.0.1:9003,7=127.0.0.1:9007";
        var addresses = Make();
        var third = new Member(new NodeId(3), true, 34, "127.0.0.1:7603");

        Assert.Equal(["127.0.0.1:9003"], WaysTo(addresses, third));
        Assert.Equal("127.0.0.1:7603", addresses.Of(third));
        Assert.Equal("127.0.0.1:9003", addresses.FindWayTo(third.Id, "127.0.0.1:7603").ToString());
        Assert.Equal("127.0.0.1:7606", addresses.FindWayTo(new NodeId(6), "127.0.0.1:7606").ToString());
        Assert.Equal("127.0.0.1:9007", addresses.FindWayTo(new NodeId(7), "127.0.0.1:7607").ToString());
    }

    [Fact]
    public void Plaintext_is_spoken_on_loopback_only_whatever_anybody_says()
    {
        var addresses = Make();
        var guest = new Member(new NodeId(6), false, 66, "10.0.0.6:7506");

        addresses.Said(guest.Key, ["10.0.0.6:7506", "nowhere", ""]);

        Assert.Empty(addresses.WaysTo(guest));
        Assert.Null(addresses.FindWayTo(guest.Id, "10.0.0.6:7506"));
    }

    [Fact]
    public void A_node_says_where_it_is_by_the_log_before_its_settings()
    {
        var third = new Greeting("c1", new NodeKey(new NodeId(3), 34), "127.0.0.1:7503");
        var first = new Greeting("c1", new NodeKey(new NodeId(1), 11), "127.0.0.1:7501");

        Assert.Equal(
            ["127.0.0.1:7603", "127.0.0.1:7503"],
            first.Check(third.To(first.Key, "127.0.0.1:7603")).Addresses);
        Assert.Equal(["127.0.0.1:7503"], first.Check(third.To(first.Key, "127.0.0.1:7503")).Addresses);
        Assert.Equal(["127.0.0.1:7503"], first.Check(third.To(first.Key, "kümmel:7603")).Addresses); // No header.
    }

    [Fact]
    public void The_address_that_leads_to_a_node_is_kept_and_after_one_that_does_not_comes_the_next()
    {
        var ways = new PeerWays([At(7501), At(7502)]);

        ways.Failed();
        Assert.Equal(At(7502), ways.Current);
        ways.Are([At(7503), At(7502)]); // In use, and so it stays.
        Assert.Equal(At(7502), ways.Current);
        ways.Failed();
        Assert.Equal(At(7503), ways.Current);
        ways.Are([At(7504), At(7505)]);
        ways.Failed();
        Assert.Equal(At(7504), ways.Current);
        ways.Are([]);
        ways.Failed();
        Assert.Equal(At(7505), ways.Current);
    }

    /// <summary>It restarts there, while what it says of itself is a dead machine's address.</summary>
    [Fact]
    public void Where_a_node_was_is_tried_every_other_time()
    {
        var ways = new PeerWays([At(7501), At(7502), At(7503)]);
        ways.Led();
        var tried = new List<int>();

        for (var i = 0; i < 5; i++)
        {
            ways.Failed();
            tried.Add(ways.Current.Port);
        }

        Assert.Equal([7502, 7501, 7503, 7501, 7502], tried);
        ways.Led();
        ways.Are([At(7501), At(7503)]);
        ways.Failed();
        Assert.Equal(At(7501), ways.Current); // Where it was is said no more.
        ways.Are([At(7501)]);
        ways.Led();
        ways.Failed();
        Assert.Equal(At(7501), ways.Current);
    }

    private static HostPort At(int port) => new("127.0.0.1", port);

    private static IEnumerable<string> WaysTo(AddressBook addresses, Member member) =>
        addresses.WaysTo(member).Select(way => way.ToString());

    private AddressBook Make()
    {
        var errors = new List<string>();
        var options = ServerOptionsReader.Read(settings, errors);
        Assert.Empty(errors);
        return new AddressBook(options!, Founders, address => address.IsLoopback);
    }
}
