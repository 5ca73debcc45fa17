namespace Parley.Raft;

/// <content>Log replication and commitment (dissertation §3.5, §3.6.2), pipelined (§10.2.1).</content>
internal sealed partial class RaftCore
{
    /// <summary>Up to this many voters the counting needs no memory of its own.</summary>
    private const int VotersOnStack = 64;

    /// <summary>Follower: takes entries if its log holds the entry before them (dissertation §3.5, consistency check);
    /// removes entries only at a conflict, so that a delayed or doubled append never shortens the log.</summary>
    private void StepAppend(Message.AppendRequest append)
    {
        FollowLeader(append.From);
        CommitHeard = LogIndex.Max(CommitHeard, append.CommitIndex);
        var end = new LogIndex(append.PreviousIndex.Value + append.Entries.Count);
        if (append.PreviousIndex > CommitIndex && log.FindTerm(append.PreviousIndex) != append.PreviousTerm)
        {
            SendNow(RefuseAppend(append.From, append.PreviousIndex));
            return;
        }

        // What is committed here is in every later leader's log (leader completeness, §3.6.3): it matches.
        Invariant.Holds(append.PreviousIndex > CommitIndex || !log.IsRecent(append.PreviousIndex)
            || log.FindTerm(append.PreviousIndex) == append.PreviousTerm);
        foreach (var entry in append.Entries)
        {
            if (entry.Index > CommitIndex)
            {
                TakeEntry(entry);
            }
        }

        var match = LogIndex.Max(end, CommitIndex);
        Invariant.Holds(match <= log.Last);
        CommitTo(LogIndex.Max(CommitIndex, LogIndex.Min(append.CommitIndex, match)));
        AcknowledgeAppend(append.From, match);
    }

    private void TakeEntry(Entry entry)
    {
        if (entry.Index <= log.Last)
        {
            if (log.FindTerm(entry.Index) == entry.Term)
            {
                return;
            }

            TruncateFrom(entry.Index);
        }

        log.Append(entry);
        if (entry.Kind == EntryKind.Membership)
        {
            UseMembership(log.MembershipAt(entry.Index));
        }
    }

    private void TruncateFrom(LogIndex index)
    {
        Invariant.Holds(index > CommitIndex, "state machine safety: a committed entry is never replaced");
        log.TruncateFrom(index);
        DropUnsentSuccesses();
        UseMembership(log.MembershipAt(log.Last)); // A change that was replaced was never made.
    }

    /// <summary>What was acknowledged but not yet written may be gone from the log: those answers must not leave.
    /// </summary>
    private void DropUnsentSuccesses() =>
        messagesLater.RemoveAll(static message => message is Message.AppendResponse { Success: true });

    private void AcknowledgeAppend(NodeKey leader, LogIndex match) => SendAfterPersist(new Message.AppendResponse
    {
        From = self,
        To = leader,
        Term = Term,
        Success = true,
        MatchIndex = match,
    });

    /// <summary>Refuses with the term of the conflicting entry and the first index of that term, so that the leader
    /// skips a term at a time (dissertation §3.5, end).</summary>
    private Message.AppendResponse RefuseAppend(NodeKey leader, LogIndex previous)
    {
        var at = LogIndex.Min(previous, log.Last);
        var term = log.FindTerm(at);
        var first = at;
        if (previous > log.Last)
        {
            first = log.Last.Next;
        }
        else
        {
            while (first.Previous > CommitIndex && log.FindTerm(first.Previous) == term)
            {
                first = first.Previous;
            }
        }

        return new Message.AppendResponse
        {
            From = self,
            To = leader,
            Term = Term,
            Success = false,
            RejectedIndex = previous,
            ConflictTerm = term ?? Term.None,
            ConflictIndex = first,
        };
    }

    private void StepAppendResponse(Message.AppendResponse response)
    {
        if (FindProgress(response.From) is not { IsRefused: false } peer)
        {
            return;
        }

        if (!response.Success)
        {
            StepRefusal(peer, response);
            return;
        }

        Invariant.Holds(response.MatchIndex <= log.Last);
        if (response.MatchIndex < peer.Match || (response.MatchIndex == peer.Match && !peer.IsProbing
            && peer.State != ProgressState.Snapshot))
        {
            return; // An answer of the past.
        }

        var isNews = response.MatchIndex > peer.Match;
        peer.Advance(response.MatchIndex, now);
        isReplicationDue = true;
        if (peer.State == ProgressState.Probe)
        {
            peer.Replicate();
        }
        else if (peer.State == ProgressState.Snapshot && log.FindTerm(peer.Match) is not null)
        {
            peer.Probe(peer.Match.Next);
        }

        if (isNews && peer.IsVoter)
        {
            AdvanceCommitByCounting();
        }

        HandOverWhenReady(peer);
    }

    /// <summary>Backs up to where the logs may match (dissertation §3.5). The match itself never goes back in a term:
    /// a refusal at or below it is of the past, or of a log that was put back, which heartbeats find out.</summary>
    private void StepRefusal(Progress peer, Message.AppendResponse refusal)
    {
        if (refusal.RejectedIndex <= peer.Match
            || refusal.RejectedIndex > log.Last
            || peer.State == ProgressState.Snapshot
            || (peer.State == ProgressState.Probe && refusal.RejectedIndex != peer.Next.Previous))
        {
            return;
        }

        peer.Probe(NextAfterConflict(peer, refusal));
        isReplicationDue = true;
    }

    /// <summary>The last own entry that the follower may hold: of the conflicting term, if there is one at or after its
    /// first there; else before that. Always below what was refused; walks over no more than the logs differ.</summary>
    private LogIndex NextAfterConflict(Progress peer, Message.AppendResponse refusal)
    {
        var first = LogIndex.Min(refusal.ConflictIndex, refusal.RejectedIndex);
        var at = refusal.RejectedIndex;
        while (at > peer.Match && log.FindTerm(at) is { } term && term > refusal.ConflictTerm)
        {
            at = at.Previous;
        }

        var isOfThatTerm = at >= first && at < refusal.RejectedIndex && log.FindTerm(at) == refusal.ConflictTerm;
        return isOfThatTerm ? at.Next : LogIndex.Min(at.Next, first);
    }

    /// <summary>An entry of the leader's own term that a majority of the configured voters has synced is committed, and
    /// with it all before; earlier terms' entries are never committed by counting (dissertation §3.6.2). The leader
    /// counts itself only as far as its own disk is synced (§10.2.1).</summary>
    private void AdvanceCommitByCounting()
    {
        Span<long> matches = voters.Count <= VotersOnStack ? stackalloc long[voters.Count] : new long[voters.Count];
        for (var i = 0; i < matches.Length; i++)
        {
            matches[i] = SyncedUpTo(voters[i]).Value;
        }

        var index = new LogIndex(QuorumMath.ReachedByMajority(matches));
        if (index <= CommitIndex || index < termStart)
        {
            return;
        }

        var isFirstInTerm = CommitIndex < termStart;
        CommitTo(index);
        isReplicationDue = true;
        if (isFirstInTerm)
        {
            AdmitEarlyReads();
        }
    }

    private LogIndex SyncedUpTo(NodeKey voter)
    {
        if (voter == self)
        {
            return log.Persisted;
        }

        return FindProgress(voter) is { IsRefused: false } peer ? peer.Match : LogIndex.None;
    }

    /// <summary>Sends every member what its window allows, and the commit index to those that have it all.</summary>
    private void Replicate()
    {
        isReplicationDue = false;
        IReadOnlyList<Entry>? shared = null;
        foreach (var peer in peers)
        {
            if (peer.IsRefused)
            {
                continue;
            }

            var last = LastFor(peer);
            while (peer.CanSend(last))
            {
                if (!SendAppend(peer, last, ref shared))
                {
                    break;
                }
            }

            if (peer.State == ProgressState.Replicate
                && peer.Next > log.Last
                && LogIndex.Min(peer.Match, CommitIndex) > peer.ToldCommit)
            {
                SendHeartbeat(peer, Message.HeartbeatRequest.NoRound);
            }
        }
    }

    /// <summary>Sends the next entries; members at the same place share one list.</summary>
    /// <returns>Whether another append may follow at once.</returns>
    private bool SendAppend(Progress peer, LogIndex last, ref IReadOnlyList<Entry>? shared)
    {
        if (log.FindTerm(peer.Next.Previous) is not { } previousTerm)
        {
            OfferSnapshot(peer);
            return false;
        }

        IReadOnlyList<Entry> entries = [];
        var isBare = peer.State == ProgressState.Probe && (peer.ProbesBare || !IsActive(peer));
        if (peer.Next <= last && !isBare)
        {
            entries = shared is { Count: > 0 } && shared[0].Index == peer.Next && shared[^1].Index <= last
                ? shared
                : log.Read(peer.Next, last, options.AppendEntriesMax, options.AppendBytesMax);
            if (entries.Count == 0)
            {
                OfferSnapshot(peer);
                return false;
            }

            shared = entries;
        }

        var first = peer.Next;
        var end = new LogIndex(first.Value - 1 + entries.Count);
        SendNow(new Message.AppendRequest
        {
            From = self,
            To = peer.Key,
            Term = Term,
            PreviousIndex = first.Previous,
            PreviousTerm = previousTerm,
            Entries = entries,
            CommitIndex = CommitIndex,
        });
        peer.ToldCommit = LogIndex.Max(peer.ToldCommit, LogIndex.Min(CommitIndex, end));
        peer.Sent(end, round, now);
        if (log.IsRecent(first))
        {
            return true;
        }

        // Read from disk: one append a turn, so that a far member does not hold up the loop.
        isReplicationDue = peer.CanSend(last);
        return false;
    }
}
