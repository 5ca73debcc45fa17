using Parley.Raft;
using Parley.Raft.Formation;

namespace Parley.Tests.Formation;

/// <summary>An empty node is taken into a cluster that is there: once, and as the directory that was asked.</summary>
public sealed class JoiningTests
{
    private const string Cluster = "0123456789abcdef0123456789abcdef";
    private const string Other = "fedcba9876543210fedcba9876543210";

    [Fact]
    public void An_empty_node_belongs_to_the_cluster_that_takes_it_in_once_that_is_synced()
    {
        var core = Start(joins: true);

        core.JoinReceived(1, Cluster, incarnation: 0xA4);
        var ready = core.TakeReady();
        Assert.Empty(ready!.Replies);
        Assert.False(core.IsFormed);
        core.StampSynced();

        Assert.Equal(new FormationReply(1, true, ""), Assert.Single(core.TakeReady()!.Replies));
        Assert.True(core.IsSettled);
        Assert.Equal((FormationStage.Formed, Cluster), (core.Stamp.Stage, core.Stamp.ClusterId));
        Assert.Empty(core.Stamp.InitialMark().Membership.Members);
    }

    [Fact]
    public void What_is_so_already_is_accepted_again_and_another_cluster_is_not()
    {
        var core = Start(joins: true);
        core.JoinReceived(1, Cluster, incarnation: 0xA4);
        core.TakeReady();
        core.StampSynced();
        core.TakeReady();

        core.JoinReceived(2, Cluster, incarnation: 0xA4);
        core.JoinReceived(3, Other, incarnation: 0xA4);
        core.JoinReceived(4, Cluster, incarnation: 0xA5);

        Assert.Equal([true, false, false], core.TakeReady()!.Replies.Select(reply => reply.Accepted));
        Assert.Equal(Cluster, core.Stamp.ClusterId);
    }

    /// <summary>Its list may name it alone, or all the others may be empty: it still is not theirs to found.</summary>
    [Fact]
    public void Who_shall_join_founds_nothing()
    {
        Assert.Null(Start(joins: true).TakeReady());
        Assert.NotNull(Start(joins: false).TakeReady()!.StampToSync);
    }

    private static FormationCore Start(bool joins) => new(
        new NodeStamp { Self = new NodeId(4), Incarnation = 0xA4, Stage = FormationStage.Empty },
        [new ConfiguredMember(new NodeId(4), "127.0.0.1:7504")],
        Other,
        joins);
}
