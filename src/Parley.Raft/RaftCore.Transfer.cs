namespace Parley.Raft;

/// <content>Leadership transfer (dissertation §3.10).</content>
internal sealed partial class RaftCore
{
    /// <summary>After a transfer that came to no end its target is not asked by name for this many times as long, nor
    /// without a name while another is there.</summary>
    private const int TransferPauses = 3;

    private NodeKey transferTarget;
    private NodeKey givenUpTarget;
    private long givenUpUntil;
    private long transferDeadline;
    private long timeoutNowSentAt;

    private bool IsTransferring => transferTarget != NodeKey.None;

    /// <summary>Hands leadership to the most up-to-date active voter; meanwhile proposals are
    /// <see cref="ProposeResult.NotLeader"/>. No effect on a non-leader, and without another active voter; proposals
    /// are then taken as before.</summary>
    /// <param name="to">That very one, if it is a voter, there and nearly up to date; else nothing happens. Should it
    /// fall silent meanwhile, another. <see cref="NodeId.None"/>: whoever is best.</param>
    /// <returns>Why nothing happens.</returns>
    public TransferRefusal TransferLeadership(NodeId to = default)
    {
        if (Role != RaftRole.Leader)
        {
            return TransferRefusal.NotLeader;
        }

        if (IsTransferring)
        {
            return TransferRefusal.HandingOver;
        }

        var chosen = to == NodeId.None
            ? FindSuccessor()
            : peers.Find(peer => peer.Id == to && peer.IsVoter && IsWithUs(peer));
        if (chosen is not { } successor)
        {
            return TransferRefusal.NotUpToDate;
        }

        if (to != NodeId.None && WasGivenUp(successor))
        {
            return TransferRefusal.GivenUp;
        }

        transferTarget = successor.Key;
        transferDeadline = now + options.TransferTicks;
        timeoutNowSentAt = now - options.HeartbeatTicks;
        HandOverWhenReady(successor);
        return TransferRefusal.None;
    }

    /// <summary>Step 2 and 3 (dissertation §3.10): once the target's log is as the leader's, it shall campaign without
    /// waiting. Said again every heartbeat, since a message can be lost.</summary>
    private void HandOverWhenReady(Progress peer)
    {
        if (peer.Key != transferTarget || peer.Match != log.Last || now - timeoutNowSentAt < options.HeartbeatTicks)
        {
            return;
        }

        timeoutNowSentAt = now;
        SendNow(new Message.TimeoutNow { From = self, To = peer.Key, Term = Term });
    }

    /// <summary>A transfer that does not come to an end is given up, and proposals are taken again (dissertation
    /// §3.10, last step); a target that went silent is replaced.</summary>
    private void TickTransfer()
    {
        if (!IsTransferring)
        {
            return;
        }

        var target = FindProgress(transferTarget);
        if (target is null || target.IsRefused || !IsActive(target))
        {
            target = FindSuccessor();
        }

        if (target is null || now >= transferDeadline)
        {
            givenUpTarget = transferTarget;
            givenUpUntil = now + (TransferPauses * (long)options.TransferTicks);
            StopTransfer();
            return;
        }

        transferTarget = target.Key;
        HandOverWhenReady(target);
    }

    private void StopTransfer() => transferTarget = NodeKey.None;

    private Progress? FindSuccessor()
    {
        Progress? best = null;
        foreach (var peer in peers)
        {
            if (peer.IsVoter && !peer.IsRefused && IsActive(peer) && (best is null || IsBetter(peer, best)))
            {
                best = peer;
            }
        }

        return best;
    }

    private bool IsBetter(Progress one, Progress other) =>
        WasGivenUp(one) == WasGivenUp(other) ? one.Match > other.Match : WasGivenUp(other);

    private bool WasGivenUp(Progress peer) => peer.Key == givenUpTarget && now < givenUpUntil;

    private void StepTimeoutNow(Message.TimeoutNow timeoutNow)
    {
        if (Role == RaftRole.Follower && isVoter && timeoutNow.From == leaderKey)
        {
            Campaign(isTransfer: true);
        }
    }
}
