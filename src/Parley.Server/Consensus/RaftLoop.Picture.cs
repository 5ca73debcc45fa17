using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>What the loop tells the rest of the node about itself.</summary>
internal sealed partial class RaftLoop
{
    private NodeId toldLeader;
    private Term toldTerm;
    private RaftRole toldRole;

    private void TellLeader()
    {
        if (core.Leader == toldLeader && core.Term == toldTerm && core.Role == toldRole)
        {
            return;
        }

        if (core.Leader != toldLeader)
        {
            Log.LeaderKnown(parts.Logger, core.Leader.Value, core.Term.Value);
        }

        toldLeader = core.Leader;
        toldTerm = core.Term;
        toldRole = core.Role;
        TellPicture();
        parts.Proposer.LeaderKnown(core.Leader, core.Term);
    }

    private void TickWatch()
    {
        foreach (var question in watch.Tick(core))
        {
            parts.Peers.Send(question);
        }

        parts.Proposer.CutOff(watch.CutOff);
        parts.Reads.CutOff(watch.CutOff);
    }

    private void StepWatch(Message message)
    {
        if (watch.Step(message, core) is { } answer)
        {
            parts.Peers.Send(answer);
        }
    }

    private void TellPicture()
    {
        var members = core.Membership.Members;
        var isLeader = core.Role == RaftRole.Leader;
        parts.Peers.MembersAre(core.Membership);
        if (isLeader)
        {
            parts.LogTime.Tell(clock.NowUs(members, core.LastTimeUs));
        }

        var voters = members.Count(member => member.IsVoter);
        var facts = new ConsensusFacts
        {
            Role = core.Role,
            Leader = core.Leader,
            Term = core.Term,
            CommitIndex = core.CommitIndex,
            LastIndex = core.LastIndex,
            Members = members,
            // The leader itself counts; a majority is what must remain.
            FaultsTolerated = isLeader ? Math.Max(-1, core.ActiveVoters - (voters / 2) - 1) : null,
            ClocksFarOff = clock.FindFarOff(members),
            RefusedMembers = isLeader ? core.RefusedMembers : [],
            TermLeapsRefused = core.TermLeapsRefused,
            SnapshotsDamaged = snapshots.Damages,
            IsDiskLate = IsDiskLate,
            IsBehind = IsBehind,
            CutOff = watch.CutOff,
            ClockOffsetUs = clock.FindOwnOffsetUs(members),
        };
        parts.Peers.LeaderIs(core.Leader, core.Term, facts.FaultsTolerated);
        parts.Proposer.Reachable(pictures.Publish(facts), voters);
    }
}

/// <summary>What RaftCore knows at a moment, for pictures of the node.</summary>
internal sealed record ConsensusFacts
{
    public required RaftRole Role { get; init; }

    public required NodeId Leader { get; init; }

    public required Term Term { get; init; }

    public required LogIndex CommitIndex { get; init; }

    /// <summary>The last entry of the log.</summary>
    public LogIndex LastIndex { get; init; }

    public required IReadOnlyList<Member> Members { get; init; }

    /// <summary>Counted by a leader; null on the others, who repeat what they were told.</summary>
    public required int? FaultsTolerated { get; init; }

    public required IReadOnlyList<NodeId> ClocksFarOff { get; init; }

    public required IReadOnlyList<NodeId> RefusedMembers { get; init; }

    public required long TermLeapsRefused { get; init; }

    /// <summary>Snapshots made for others that this node's disk did not give back as they were written, since the
    /// start.</summary>
    public required int SnapshotsDamaged { get; init; }

    /// <summary>A write is under way for longer than a disk should take.</summary>
    public required bool IsDiskLate { get; init; }

    /// <summary>Entries it hears of do not come.</summary>
    public required bool IsBehind { get; init; }

    /// <summary>Why waiting for a leader here is in vain; null: it is not.</summary>
    public required CutOff? CutOff { get; init; }

    /// <summary>This node's clock minus the voters' median; null without a majority.</summary>
    public required long? ClockOffsetUs { get; init; }
}
