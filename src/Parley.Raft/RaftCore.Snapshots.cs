namespace Parley.Raft;

/// <content>Hand-over of snapshots (dissertation §5): offered here, fetched out of band, so that nothing waits behind
/// one.</content>
internal sealed partial class RaftCore
{
    private LogIndex snapshotIndex;
    private Term snapshotTerm;
    private Message.SnapshotOffer? snapshotToFetch;

    /// <summary>Leader only: a follower's next entries are compacted away and no snapshot reaches the log that is left:
    /// make one and call <see cref="SnapshotMade"/>.</summary>
    public bool NeedsSnapshot
    {
        get
        {
            foreach (var peer in peers)
            {
                if (peer is { State: ProgressState.Snapshot, IsRefused: false, IsLeaving: false }
                    && snapshotIndex < log.Base)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether the stored log begins at a snapshot that this core was not told of yet: nothing is ever cut
    /// beyond what was handed to the state machine.</summary>
    private bool IsBeingReplaced => log.Base > handedToApply;

    /// <summary>A snapshot for followers was made; <see cref="Message.SnapshotOffer"/>s name it from now on.</summary>
    public void SnapshotMade(LogIndex index, Term term)
    {
        Invariant.Holds(index <= CommitIndex);
        if (index <= snapshotIndex)
        {
            return;
        }

        snapshotIndex = index;
        snapshotTerm = term;
        foreach (var peer in peers)
        {
            if (peer.State == ProgressState.Snapshot
                && (peer.OfferedIndex == LogIndex.None || peer.OfferedIndex < log.Base))
            {
                OfferSnapshot(peer);
            }
        }
    }

    /// <summary>The snapshot made last is not there any more (damaged on its disk, say): it is offered to nobody, and
    /// where one is still needed, <see cref="NeedsSnapshot"/> asks for it again. Anything but the last is ignored.
    /// </summary>
    public void SnapshotLost(LogIndex index, Term term)
    {
        if (index == LogIndex.None || index != snapshotIndex || term != snapshotTerm)
        {
            return;
        }

        snapshotIndex = LogIndex.None;
        snapshotTerm = Term.None;
        foreach (var peer in peers)
        {
            if (peer.State == ProgressState.Snapshot)
            {
                // The next one is offered as soon as it is made, be it of the same index.
                peer.AwaitSnapshot(LogIndex.None, now);
            }
        }
    }

    /// <summary>The offered snapshot is in place of the state, and the log (synced) begins at it. The caller begins
    /// only while the mark is above <see cref="CommitIndex"/> and this node does not lead; before it installs, every
    /// Ready taken was written, and from then until this call it takes none, and steps no message from the moment the
    /// log changes. (Between taking none and that moment this log may have caught up, and this node even lead.)
    /// </summary>
    public void SnapshotInstalled(SnapshotMark mark)
    {
        Invariant.Holds(mark.Index > handedToApply);
        Invariant.Holds(mark.Term <= Term);
        var isKept = log.BeginAt(mark, CommitIndex >= mark.Index);
        Invariant.Holds(isKept || Role != RaftRole.Leader, "leader completeness: a leader has what is committed");
        DropUnsentSuccesses();
        CommitTo(LogIndex.Max(CommitIndex, mark.Index));
        handedToApply = mark.Index;
        applied = mark.Index;
        handedBatches.Clear();
        handedBytes = 0;
        snapshotToFetch = null;
        UseMembership(log.MembershipAt(log.Last));
        if (Leader != NodeId.None && leaderKey != self)
        {
            AcknowledgeAppend(leaderKey, CommitIndex);
        }
    }

    /// <summary>Leader: the member needs what is compacted away (dissertation §5, InstallSnapshot). Heartbeats go on;
    /// appends wait until it has it, or until the offer is made again.</summary>
    private void OfferSnapshot(Progress peer)
    {
        if (snapshotIndex < log.Base || snapshotIndex == LogIndex.None)
        {
            peer.AwaitSnapshot(LogIndex.None, now);
            return;
        }

        peer.AwaitSnapshot(snapshotIndex, now);
        SendNow(new Message.SnapshotOffer
        {
            From = self,
            To = peer.Key,
            Term = Term,
            Index = snapshotIndex,
            SnapshotTerm = snapshotTerm,
        });
    }

    /// <summary>Follower: fetches it, unless it knows all that is in it. Of its own log only what is committed is known
    /// to match; an entry that equals the snapshot's last proves the log up to there (dissertation §3.5, log matching)
    /// and, as snapshots hold only what is committed, its commitment.</summary>
    private void StepSnapshotOffer(Message.SnapshotOffer offer)
    {
        FollowLeader(offer.From);
        CommitHeard = LogIndex.Max(CommitHeard, offer.Index);
        if (offer.Index > CommitIndex && log.FindTerm(offer.Index) == offer.SnapshotTerm)
        {
            CommitTo(offer.Index);
        }

        if (offer.Index <= CommitIndex)
        {
            AcknowledgeAppend(offer.From, CommitIndex);
            return;
        }

        snapshotToFetch = offer;
    }
}
