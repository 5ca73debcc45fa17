using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>A cluster of one voter needs nobody's vote but its own, synced (dissertation §3.4, §3.8).</summary>
public sealed class SingleVoterTests
{
    [Fact]
    public void A_single_voter_tells_its_learner_nothing_before_its_own_vote_is_synced()
    {
        var voter = new NodeId(1);
        var learner = new NodeId(2);
        var membership = new Membership
        {
            Members =
            [
                new Member(voter, IsVoter: true, Incarnation: 1, "node1:7000"),
                new Member(learner, IsVoter: false, Incarnation: 2, "node2:7000"),
            ],
        };
        var options = new RaftOptions { Self = voter, Incarnation = 1, Seed = 7 };
        var core = new RaftCore(options, new MemoryLog(membership), default, LogIndex.None);

        var early = TicksUntilLeader(core);
        for (var tick = 0; tick < 20; tick++)
        {
            core.Tick();
            early.AddRange(TakeAll(core));
        }

        Assert.Equal(RaftRole.Leader, core.Role);
        Assert.All(early, ready => Assert.Empty(ready.MessagesNow));
        Assert.Contains(early, ready => ready.HardState?.VotedFor == voter);
        var own = early.SelectMany(ready => ready.EntriesToPersist).Single();
        core.Persisted(own.Index, own.Term);
        Assert.Equal(own.Index, core.CommitIndex);
    }

    private static List<Ready> TicksUntilLeader(RaftCore core)
    {
        var taken = new List<Ready>();
        for (var tick = 0; tick < 200 && core.Role != RaftRole.Leader; tick++)
        {
            core.Tick();
            taken.AddRange(TakeAll(core));
        }

        return taken;
    }

    private static List<Ready> TakeAll(RaftCore core)
    {
        var taken = new List<Ready>();
        while (core.HasReady)
        {
            taken.Add(core.TakeReady());
        }

        return taken;
    }
}
