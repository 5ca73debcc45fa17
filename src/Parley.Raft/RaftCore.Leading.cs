namespace Parley.Raft;

/// <content>What a leader does with time: heartbeats, check-quorum, time-outs; and its proposals.</content>
internal sealed partial class RaftCore
{
    /// <summary>After a pause or a start the first says so by right: the answer to it is under way.</summary>
    private const int UnheardRoundsMin = 2;

    private readonly List<Progress> peers = [];
    private LogIndex termStart;
    private long heartbeatDeadline;
    private bool isReplicationDue;
    private int unheardRounds;
    private long unheardSince;
    private long unheardAt;

    /// <summary>Leader only: the voters (itself included) heard from within an election time-out.</summary>
    public int ActiveVoters
    {
        get
        {
            if (Role != RaftRole.Leader)
            {
                return 0;
            }

            var active = isVoter ? 1 : 0;
            foreach (var peer in peers)
            {
                active += peer.IsVoter && IsActive(peer) ? 1 : 0;
            }

            return active;
        }
    }

    /// <summary>Leader only: whether it hears a majority of the configured voters, itself included.</summary>
    public bool HearsMajority => ActiveVoters >= QuorumMath.Majority(voters.Count);

    /// <summary>Follower only: its leader hears nothing of it (and so does not get what it forwards).</summary>
    public bool IsUnheardByLeader =>
        unheardRounds >= UnheardRoundsMin && unheardAt - unheardSince >= options.HeartbeatTicks;

    /// <summary>Ticks since a leader was last heard, or was this node, or since the start; a leader's are 0.</summary>
    public long LeaderSilence => Role == RaftRole.Leader ? 0 : now - leaderHeardAt;

    /// <summary>Leader only: whether an entry of its own term is committed.</summary>
    public bool HasCommittedInTerm => Role == RaftRole.Leader && CommitIndex >= termStart;

    /// <summary>Leader only: members whose log ended before what they acknowledged in this term (a data directory put
    /// back from a copy); they get no entries in this term and count for nothing.</summary>
    public IReadOnlyList<NodeId> RefusedMembers
    {
        get
        {
            var refused = new List<NodeId>();
            foreach (var peer in peers)
            {
                if (peer.IsRefused)
                {
                    refused.Add(peer.Id);
                }
            }

            return refused;
        }
    }

    /// <summary>Appends commands as leader, stamped max(last stamp, <paramref name="timeUs"/>); all or none. A queue
    /// that is too long, or too old, grows no further: whoever waits behind it would give up, repeat, and so double
    /// it.</summary>
    public ProposeResult Propose(IReadOnlyList<ReadOnlyMemory<byte>> commands, long timeUs)
    {
        if (Role != RaftRole.Leader || IsTransferring)
        {
            return ProposeResult.NotLeader;
        }

        var bytes = 0L;
        for (var i = 0; i < commands.Count; i++)
        {
            bytes += commands[i].Length + EntryRing.EntryOverheadBytes;
        }

        if (applied < logEnds.Due)
        {
            return ProposeResult.Overloaded;
        }

        var uncommitted = log.Last.Value - CommitIndex.Value;
        if (uncommitted > 0
            && (uncommitted + commands.Count > options.UncommittedEntriesMax
                || log.BytesAfter(CommitIndex) + bytes > options.UncommittedBytesMax))
        {
            return ProposeResult.Overloaded;
        }

        var stamp = Math.Max(log.LastTimeUs, timeUs);
        for (var i = 0; i < commands.Count; i++)
        {
            AppendOwn(EntryKind.Command, commands[i], stamp);
        }

        return ProposeResult.Accepted;
    }

    private void StartLeading()
    {
        peers.Clear();
        membershipProposed = LogIndex.None;
        termStart = log.Last.Next;
        HoldBackUncommitted();
        foreach (var member in Membership.Members)
        {
            if (member.Key != self)
            {
                peers.Add(new Progress(member, termStart, options.AppendsInFlightMax, now));
            }
        }

        logEnds.Begin();
        confirmedRound = round;
        readRound = round;
        heartbeatDeadline = now + options.HeartbeatTicks;
        AppendOwn(EntryKind.NoOp, ReadOnlyMemory<byte>.Empty, log.LastTimeUs);
        LeadWaitingReads();
    }

    private void StopLeading()
    {
        peers.Clear();
        leaderHeardAt = now;
        isReplicationDue = false;
        StopTransfer();
        GiveUpLeaderReads();
    }

    private void AppendOwn(EntryKind kind, ReadOnlyMemory<byte> payload, long timeUs)
    {
        log.Append(new Entry
        {
            Index = log.Last.Next,
            Term = Term,
            Kind = kind,
            TimeUs = timeUs,
            Payload = payload,
        });
        isReplicationDue = true;
    }

    private void TickAsLeader()
    {
        if (!HearsMajority)
        {
            // Check-quorum (dissertation §6.2): a leader cut off must not keep clients waiting.
            StepDown();
            DrawElectionTimeout();
            return;
        }

        logEnds.Tick(log.Last);
        ForgetSilentLeavers();
        foreach (var peer in peers)
        {
            TickPeer(peer);
        }

        if (now >= heartbeatDeadline)
        {
            StartRound();
        }

        GiveUpLateLedReads();
        TickTransfer();
    }

    private void TickPeer(Progress peer)
    {
        if (peer.IsRefused)
        {
            return;
        }

        if (peer.State == ProgressState.Snapshot)
        {
            if (now - peer.OfferedAt >= options.SnapshotTimeoutTicks)
            {
                OfferSnapshot(peer);
            }

            return;
        }

        if (peer.State == ProgressState.Replicate && !IsActive(peer))
        {
            // Silent: what is in flight is as good as lost, and more would be.
            peer.Probe(peer.Match.Next);
            peer.ProbeAgain(now);
            isReplicationDue = true;
            return;
        }

        if (!peer.HasInFlight || now - peer.ProgressedAt < options.AppendTimeoutTicks)
        {
            return;
        }

        peer.Probe(peer.State == ProgressState.Probe ? peer.Next : peer.Match.Next);
        peer.ProbeAgain(now);
        isReplicationDue = true;
    }

    /// <summary>A round of heartbeats to all members, whatever state they are in: keeps them following, and its answers
    /// confirm the reads that came before it (dissertation §6.4).</summary>
    private void StartRound()
    {
        round++;
        isReadRoundDue = false;
        heartbeatDeadline = now + options.HeartbeatTicks;
        foreach (var peer in peers)
        {
            peer.BeginProof(round, now, options.ElectionTicks);
            SendHeartbeat(peer, round);
        }

        ConfirmReads();
    }

    /// <summary>Tells the commit index too, but only as far as the member's log is known to match.</summary>
    private void SendHeartbeat(Progress peer, long inRound)
    {
        var commit = LogIndex.Min(peer.Match, CommitIndex);
        peer.ToldCommit = LogIndex.Max(peer.ToldCommit, commit);
        SendNow(new Message.HeartbeatRequest
        {
            From = self,
            To = peer.Key,
            Term = Term,
            CommitIndex = commit,
            LeaderCommit = CommitIndex,
            Round = inRound,
            IsUnheard = now - peer.HeardAt >= options.ElectionTicks * 2 / 3,
        });
    }

    private void StepHeartbeat(Message.HeartbeatRequest heartbeat)
    {
        FollowLeader(heartbeat.From);
        CommitHeard = LogIndex.Max(CommitHeard, heartbeat.LeaderCommit);
        if (!heartbeat.IsUnheard)
        {
            unheardRounds = 0;
        }
        else if (heartbeat.Round != Message.HeartbeatRequest.NoRound)
        {
            unheardSince = unheardRounds == 0 ? now : unheardSince;
            unheardAt = now;
            unheardRounds++;
        }

        if (heartbeat.CommitIndex > CommitIndex && heartbeat.CommitIndex <= log.Last)
        {
            CommitTo(heartbeat.CommitIndex);
        }

        if (heartbeat.Round != Message.HeartbeatRequest.NoRound)
        {
            AnswerHeartbeat(heartbeat);
        }
    }

    private void AnswerHeartbeat(Message.HeartbeatRequest heartbeat) => SendNow(new Message.HeartbeatResponse
    {
        From = self,
        To = heartbeat.From,
        Term = Term,
        Round = heartbeat.Round,
        LastIndex = log.Last,
    });

    private void StepHeartbeatResponse(Message.HeartbeatResponse response)
    {
        if (FindProgress(response.From) is not { } peer)
        {
            return;
        }

        if (response.Round == peer.ProvingRound && response.LastIndex < peer.MatchAtProvingRound)
        {
            // Answered after it had acknowledged more than it has now: no delayed message, but a log put back.
            peer.IsRefused = true;
        }

        peer.AnsweredRound = Math.Max(peer.AnsweredRound, response.Round);
        if (peer.IsRefused)
        {
            return;
        }

        if (peer.State == ProgressState.Probe && peer.IsProbing && response.Round > peer.ProbeRound)
        {
            peer.ProbeAgain(now);
            isReplicationDue = true;
        }

        if (peer.State == ProgressState.Snapshot
            && peer.OfferedIndex != LogIndex.None
            && response.LastIndex == peer.OfferedIndex)
        {
            // Installed, and the word of it was lost.
            peer.Probe(peer.OfferedIndex.Next);
            isReplicationDue = true;
        }

        ConfirmReads();
    }

    private bool IsActive(Progress peer) => now - peer.HeardAt < options.ElectionTicks;

    private Progress? FindProgress(NodeKey key)
    {
        foreach (var peer in peers)
        {
            if (peer.Key == key)
            {
                return peer;
            }
        }

        return null;
    }
}
