namespace Parley.Raft;

/// <content>Changes of membership at run time, one server at a time (dissertation §4.1–§4.2), with the correction
/// of 2015: a leader commits an entry of its own term first. Why it is safe: docs/decisions/0016-membership.md.
/// </content>
internal sealed partial class RaftCore
{
    // Leader: who votes by the committed membership and not by the newest, and where that one stands.
    private readonly List<NodeKey> outgoing = [];
    private LogIndex membershipProposed;
    private LogIndex changedAt;

    /// <summary>The newest in the log, committed or not (dissertation §4.1).</summary>
    public Membership Membership { get; private set; } = new() { Members = [] };

    /// <summary>Whether the newest membership is committed: known to this node, and final.</summary>
    public bool IsMembershipCommitted => HasCommittedInTerm && membershipProposed <= CommitIndex;

    /// <summary>Appends the next membership as leader; it rules from now on. The change is made when it is committed
    /// (<see cref="IsMembershipCommitted"/>); with another leader it may never be: look, and propose again.</summary>
    /// <param name="next">All members from now on; one of them differs from now (see
    /// <see cref="MembershipChange"/>).</param>
    /// <param name="timeUs">Stamped max(last stamp, this).</param>
    /// <returns><see cref="MembershipRefusal.None"/>, or why nothing was appended: the first that applies, in the order
    /// of the enum.</returns>
    public MembershipRefusal ProposeMembership(Membership next, long timeUs)
    {
        var refusal = Consider(next);
        if (refusal != MembershipRefusal.None)
        {
            return refusal;
        }

        var before = Membership;
        AppendOwn(EntryKind.Membership, MembershipCodec.Encode(next), Math.Max(log.LastTimeUs, timeUs));
        membershipProposed = log.Last;
        UseMembership(next);
        HoldBack(before, log.Last);
        KeepPeers();
        AdvanceCommitByCounting(); // Fewer voters may already hold what more did not.
        return MembershipRefusal.None;
    }

    private MembershipRefusal Consider(Membership next)
    {
        if (Role != RaftRole.Leader)
        {
            return MembershipRefusal.NotLeader;
        }

        if (IsTransferring)
        {
            return MembershipRefusal.HandingOver;
        }

        if (!HasCommittedInTerm)
        {
            return MembershipRefusal.NothingCommittedInTerm;
        }

        if (membershipProposed > CommitIndex)
        {
            return MembershipRefusal.EarlierUncommitted;
        }

        if (MembershipChange.Find(Membership, next) is not { } change)
        {
            return MembershipRefusal.NotOneChange;
        }

        if (change.IsPromotion && !IsCaughtUp(change.Member))
        {
            return MembershipRefusal.LearnerBehind;
        }

        if (!WouldHaveMajority(next))
        {
            return MembershipRefusal.NoMajority;
        }

        return next.Members.Any(member => member.Key == self && member.IsVoter)
            ? MembershipRefusal.None
            : MembershipRefusal.LeaderWouldLeave;
    }

    /// <summary>It acknowledged, in this term, the entry that named it, and nearly all that is committed after it.
    /// </summary>
    private bool IsCaughtUp(NodeKey learner) =>
        FindProgress(learner) is { State: ProgressState.Replicate } peer
        && peer.Match >= membershipProposed
        && IsWithUs(peer);

    /// <summary>It is there, and has nearly all of what is committed: what it acknowledged in this term says so, not
    /// its silence alone (a leader of a moment ago takes everybody for alive).</summary>
    private bool IsWithUs(Progress peer) =>
        !peer.IsRefused
        && IsActive(peer)
        && peer.Match >= termStart
        && CommitIndex.Value - peer.Match.Value <= options.LearnerLagMax;

    /// <summary>The voters that there would be could commit the change, and what comes after it, at once.</summary>
    private bool WouldHaveMajority(Membership next)
    {
        var voting = 0;
        var with = 0;
        foreach (var member in next.Members)
        {
            if (member.IsVoter)
            {
                voting++;
                with += member.Key == self || (FindProgress(member.Key) is { } peer && IsWithUs(peer)) ? 1 : 0;
            }
        }

        return with >= QuorumMath.Majority(voting);
    }

    private bool IsMember(NodeKey key) => Membership.Names(key);

    /// <summary>Answers on which majorities, matches or votes rest. (A read index rests on the leader's own majority:
    /// whoever led this term could give it.)</summary>
    private static bool CountsForItsSender(Message message) =>
        message is Message.AppendResponse or Message.HeartbeatResponse or Message.VoteResponse;

    /// <summary>A server uses the latest configuration in its log, committed or not (dissertation §4.1).</summary>
    private void UseMembership(Membership membership)
    {
        Membership = membership;
        voters.Clear();
        foreach (var member in membership.Members)
        {
            if (member.IsVoter)
            {
                voters.Add(member.Key);
            }
        }

        isVoter = voters.Contains(self);
    }

    /// <summary>A voter that shall cease to be one gets the entry that says so only when it is committed: it may be
    /// needed until then. If the leader died when nobody else had that entry, this voter would neither campaign (not a
    /// voter by its log) nor vote for those without the entry (its log is longer), and of an even number of voters the
    /// others alone are no majority.</summary>
    private void HoldBack(Membership committed, LogIndex at)
    {
        changedAt = at;
        outgoing.Clear();
        foreach (var member in committed.Members)
        {
            if (member.IsVoter && !voters.Contains(member.Key))
            {
                outgoing.Add(member.Key);
            }
        }
    }

    /// <summary>A new leader: its log may hold a change that is not committed. That can be the last alone, since each
    /// was made when the one before was committed; where this node has not heard of that, what it knows as committed
    /// is too old to tell who leaves.</summary>
    private void HoldBackUncommitted()
    {
        outgoing.Clear();
        if (log.LastMembershipIndex is { } last && last > CommitIndex)
        {
            HoldBack(log.MembershipAt(last.Previous), last);
        }
    }

    /// <summary>Up to where this member is sent entries.</summary>
    private LogIndex LastFor(Progress peer) =>
        changedAt > CommitIndex && outgoing.Contains(peer.Key) ? changedAt.Previous : log.Last;

    /// <summary>Nor is it worth a snapshot to tell somebody that it left.</summary>
    private void ForgetSilentLeavers()
    {
        for (var at = peers.Count - 1; at >= 0; at--)
        {
            var peer = peers[at];
            if (peer.IsLeaving && (!IsActive(peer) || peer.State == ProgressState.Snapshot))
            {
                peers.RemoveAt(at);
            }
        }
    }

    /// <summary>Leader: what is known of a member holds for that data directory alone; a new one begins at nothing. Who
    /// left counts for nothing, and is told so until it falls silent.</summary>
    private void KeepPeers()
    {
        foreach (var peer in peers)
        {
            var member = Membership.Members.FirstOrDefault(member => member.Key == peer.Key);
            peer.IsVoter = member is { IsVoter: true };
            peer.IsLeaving = member is null;
        }

        foreach (var member in Membership.Members)
        {
            if (member.Key != self && FindProgress(member.Key) is null)
            {
                peers.Add(new Progress(member, log.Last.Next, options.AppendsInFlightMax, now));
            }
        }
    }
}
