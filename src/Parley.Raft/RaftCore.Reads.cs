namespace Parley.Raft;

/// <content>Linearizable reads without the log: read index (dissertation §6.4).</content>
internal sealed partial class RaftCore
{
    private readonly List<ReadOutcome> readOutcomes = [];

    // The number before the first batch of this life: anywhere, by the seed.
    private readonly long askedBefore;

    // Asked here, while no leader is known or the request has not left.
    private readonly List<AskedRead> waitingReads = [];

    // Asked of the leader, in batches.
    private readonly List<AskedRead> sentReads = [];

    // Leader: before an entry of its term was committed.
    private readonly List<LedRead> earlyReads = [];

    // Leader: waiting for a round of heartbeats; ascending by round.
    private readonly Queue<LedRead> ledReads = new();
    private long askedBatch;
    private long round;
    private long confirmedRound;
    private long readRound;
    private bool isReadRoundDue;

    /// <summary>Asks for a read index (leader: a round of heartbeats; follower: asks its leader). The answer comes in
    /// <see cref="Ready.Reads"/>, always.</summary>
    public void ReadIndex(long number)
    {
        if (Role == RaftRole.Leader)
        {
            LeadRead(self, number);
            return;
        }

        waitingReads.Add(new AskedRead(number, now, 0));
    }

    /// <summary>Leader (dissertation §6.4, steps 1–3): the commit index of now, once it is known to be that of the
    /// whole cluster, answers after a majority has confirmed the leader. One round serves all that wait for it.
    /// </summary>
    private void LeadRead(NodeKey from, long number)
    {
        if (!HasCommittedInTerm)
        {
            earlyReads.Add(new LedRead(from, number, LogIndex.None, 0, now));
            return;
        }

        ledReads.Enqueue(new LedRead(from, number, CommitIndex, round + 1, now));
        isReadRoundDue = true;
    }

    private void AdmitEarlyReads()
    {
        foreach (var read in earlyReads)
        {
            LeadRead(read.From, read.Number);
        }

        earlyReads.Clear();
    }

    /// <summary>Starts a round for waiting reads unless one is on its way; the heartbeats of a tick serve as well.
    /// </summary>
    private void StartReadRound()
    {
        if (!IsReadRoundStartable)
        {
            return;
        }

        StartRound();
        readRound = round;
    }

    private bool IsReadRoundStartable => isReadRoundDue && confirmedRound >= readRound;

    /// <summary>Answers the reads whose round a majority of the configured voters has answered (dissertation §6.4,
    /// step 3).</summary>
    private void ConfirmReads()
    {
        Span<long> rounds = voters.Count <= VotersOnStack ? stackalloc long[voters.Count] : new long[voters.Count];
        for (var i = 0; i < rounds.Length; i++)
        {
            rounds[i] = AnsweredRound(voters[i]);
        }

        confirmedRound = Math.Max(confirmedRound, QuorumMath.ReachedByMajority(rounds));
        while (ledReads.TryPeek(out var read) && read.Round <= confirmedRound)
        {
            ledReads.Dequeue();
            AnswerRead(read.From, read.Number, read.Index);
        }
    }

    private long AnsweredRound(NodeKey voter)
    {
        if (voter == self)
        {
            return round;
        }

        return FindProgress(voter) is { IsRefused: false } peer ? peer.AnsweredRound : 0;
    }

    private void StepReadIndexRequest(Message.ReadIndexRequest request)
    {
        if (Role == RaftRole.Leader)
        {
            LeadRead(request.From, request.Number);
        }
        else
        {
            AnswerRead(request.From, request.Number, null);
        }
    }

    private void StepReadIndexResponse(Message.ReadIndexResponse response)
    {
        // Batches of this life have numbers of their own: an answer to an earlier life may be older than the question.
        if (response.Number <= askedBefore || response.Number > askedBatch)
        {
            return;
        }

        // A later batch was asked later: its answer serves the earlier ones too, whose own was lost.
        LogIndex? index = response.ReadIndex == LogIndex.None ? null : response.ReadIndex;
        EndReads(sentReads, read => read.Batch <= response.Number, index);
    }

    /// <summary>Follower: asks the leader once for all that waits (dissertation §6.4, last paragraph).</summary>
    private void SendWaitingReads()
    {
        if (waitingReads.Count == 0 || Leader == NodeId.None || Role == RaftRole.Leader)
        {
            return;
        }

        askedBatch++;
        foreach (var read in waitingReads)
        {
            sentReads.Add(read with { Batch = askedBatch });
        }

        waitingReads.Clear();
        SendNow(new Message.ReadIndexRequest
        {
            From = self,
            To = leaderKey,
            Term = Term,
            Number = askedBatch,
        });
    }

    private void AnswerRead(NodeKey from, long number, LogIndex? index)
    {
        if (from == self)
        {
            readOutcomes.Add(new ReadOutcome(number, index));
            return;
        }

        SendNow(new Message.ReadIndexResponse
        {
            From = self,
            To = from,
            Term = Term,
            Number = number,
            ReadIndex = index ?? LogIndex.None,
        });
    }

    private void GiveUpLateReads()
    {
        var latest = now - options.ElectionTicks;
        EndReads(waitingReads, read => read.AskedAt <= latest, null);
        EndReads(sentReads, read => read.AskedAt <= latest, null);
    }

    private void GiveUpSentReads() => EndReads(sentReads, static _ => true, null);

    private void GiveUpLeaderReads()
    {
        foreach (var read in earlyReads)
        {
            AnswerRead(read.From, read.Number, null);
        }

        foreach (var read in ledReads)
        {
            AnswerRead(read.From, read.Number, null);
        }

        earlyReads.Clear();
        ledReads.Clear();
        isReadRoundDue = false;
    }

    /// <summary>A majority may answer heartbeats and yet not commit, or be refused members: no read waits for ever.
    /// </summary>
    private void GiveUpLateLedReads()
    {
        var latest = now - options.AppendTimeoutTicks;
        while (ledReads.TryPeek(out var read) && read.AskedAt <= latest)
        {
            ledReads.Dequeue();
            AnswerRead(read.From, read.Number, null);
        }

        while (earlyReads.Count > 0 && earlyReads[0].AskedAt <= latest)
        {
            AnswerRead(earlyReads[0].From, earlyReads[0].Number, null);
            earlyReads.RemoveAt(0);
        }
    }

    /// <summary>What waited for a leader is led here, now that this node is it.</summary>
    private void LeadWaitingReads()
    {
        foreach (var read in waitingReads)
        {
            LeadRead(self, read.Number);
        }

        waitingReads.Clear();
    }

    private void EndReads(List<AskedRead> reads, Predicate<AskedRead> isOver, LogIndex? index)
    {
        if (reads.Count == 0)
        {
            return;
        }

        foreach (var read in reads)
        {
            if (isOver(read))
            {
                readOutcomes.Add(new ReadOutcome(read.Number, index));
            }
        }

        reads.RemoveAll(isOver);
    }

    /// <summary>A read asked on this node, at a tick, in a batch to the leader (0: not yet).</summary>
    private readonly record struct AskedRead(long Number, long AskedAt, long Batch);

    /// <summary>A read, asked at a tick, that this leader answers with <see cref="Index"/> when <see cref="Round"/> is
    /// confirmed.</summary>
    private readonly record struct LedRead(NodeKey From, long Number, LogIndex Index, long Round, long AskedAt);
}
