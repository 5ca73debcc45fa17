using System.Runtime.CompilerServices;
using Parley.Raft;

namespace Parley.Simulation.Faults;

/// <summary>Planted bugs: a leader that leaves out one rule about changes of members, made from outside of the core,
/// with what it has for a change that it allows.</summary>
internal static class PlantedChange
{
    public static MembershipRefusal Propose(RaftCore core, NodeKey self, Membership next, Plant plant)
    {
        var refusal = core.ProposeMembership(next, core.LastTimeUs);
        if (refusal == MembershipRefusal.None || refusal != LeftOutBy(plant)
            || MembershipChange.Find(core.Membership, next) is not { IsPromotion: false })
        {
            return refusal;
        }

        AppendOwn(core, EntryKind.Membership, MembershipCodec.Encode(next), core.LastTimeUs);
        MembershipProposed(core) = core.LastIndex;
        UseMembership(core, next);
        KeepPeers(core);
        if (plant == Plant.RemovedLeaderCountsItself)
        {
            Voters(core).Add(self);
            IsVoter(core) = true;
        }

        return MembershipRefusal.None;
    }

    private static MembershipRefusal LeftOutBy(Plant plant) => plant switch
    {
        Plant.TwoChangesAtOnce => MembershipRefusal.EarlierUncommitted,
        Plant.ChangeBeforeOwnCommit => MembershipRefusal.NothingCommittedInTerm,
        Plant.RemovedLeaderCountsItself => MembershipRefusal.LeaderWouldLeave,
        _ => MembershipRefusal.None,
    };

    [UnsafeAccessor(UnsafeAccessorKind.Method)]
    private static extern void AppendOwn(
        RaftCore core, EntryKind kind, ReadOnlyMemory<byte> payload, long timeUs);

    [UnsafeAccessor(UnsafeAccessorKind.Method)]
    private static extern void UseMembership(RaftCore core, Membership membership);

    [UnsafeAccessor(UnsafeAccessorKind.Method)]
    private static extern void KeepPeers(RaftCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "membershipProposed")]
    private static extern ref LogIndex MembershipProposed(RaftCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "voters")]
    private static extern ref List<NodeKey> Voters(RaftCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "isVoter")]
    private static extern ref bool IsVoter(RaftCore core);
}
