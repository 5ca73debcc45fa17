using Parley.Raft;
using Parley.Simulation.Checks;
using Parley.Simulation.Faults;

namespace Parley.Simulation.Machines;

/// <summary>Members come and go.</summary>
internal sealed partial class NodeProcess
{
    private readonly List<(long Index, Membership Voting)> commits = [];
    private readonly Tenure tenure;
    private Membership appliedMembership;

    /// <summary>The operator asks; what comes of it shows in the log.</summary>
    public void ProposeMembership(Membership next) => WhenAwake(() =>
    {
        Pump(); // What was committed up to here was counted with the voters up to here.
        if (isInstalling)
        {
            return;
        }

        var change = MembershipChange.Find(Core.Membership, next);
        var refusal = PlantedChange.Propose(Core, Machine.Key, next, world.Plant);
        NoteChange(change is { IsPromotion: true }, refusal);
        world.Trace.Mix(TraceKind.Fault, world.Time.NowUs, Machine.Id.Value, 100 + (long)refusal);
        Note($"is asked for {string.Join(' ', next.Members.Select(Describe))}: {refusal}");
        NoteCommit();
        PumpSoon();
    });

    /// <summary>The voters with whom this node counted when it committed an index.</summary>
    public Membership VotersAt(long index)
    {
        foreach (var (committed, voting) in commits)
        {
            if (committed >= index)
            {
                return voting;
            }
        }

        return Core.Membership;
    }

    private static string Describe(Member member) => $"{member.Key}{(member.IsVoter ? "" : "?")}";

    private void NoteChange(bool isPromotion, MembershipRefusal refusal)
    {
        switch (refusal)
        {
            case MembershipRefusal.None when isPromotion:
                world.Hit(Failpoint.LearnerPromoted);
                break;
            case MembershipRefusal.LearnerBehind:
                world.Hit(Failpoint.LearnerRefusedBehind);
                break;
            case MembershipRefusal.NoMajority:
                world.Hit(Failpoint.ChangeRefusedNoMajority);
                break;
            case MembershipRefusal.NothingCommittedInTerm:
                world.Hit(Failpoint.ChangeRefusedNothingCommitted);
                break;
            default:
                break;
        }
    }

    private void NoteCommit()
    {
        var last = commits.Count > 0 ? commits[^1].Index : LastCommitIndex;
        if (Core.CommitIndex.Value > last)
        {
            commits.Add((Core.CommitIndex.Value, Core.Membership));
        }
    }

    private void StopIfRemoved()
    {
        if (!tenure.IsOver)
        {
            return;
        }

        Note("was removed and stops");
        world.Hit(Failpoint.RemovedStopped);
        if (world.Operator.Wants(Machine))
        {
            throw new PropertyBrokenException(Properties.OnlyRemovedStop, $"{Machine.Key} stops and is wanted");
        }

        world.Time.After(0, () => WhenAwake(Machine.Retire));
    }
}
