using Parley.Raft;
using static Parley.Simulation.Faults.MembershipSteps;

namespace Parley.Tests.Raft;

/// <summary>What tests of members begin with.</summary>
internal static class MembershipActs
{
    public static TestNetwork Serving(params string[] commands)
    {
        var network = new TestNetwork(3);
        network.Elect(1).Propose(commands);
        network.Tick(10);
        return network;
    }

    public static Membership WithLearner(TestNode leader, int id, ulong incarnation) => With(
        leader.Core.Membership, new(id), new Member(new NodeId(id), IsVoter: false, incarnation, $"host{id}:7000"));

    public static Membership WithVoter(TestNode leader, int id)
    {
        var member = leader.Core.Membership.Members.Single(member => member.Id.Value == id);
        return With(leader.Core.Membership, member.Id, member with { IsVoter = true });
    }
}
