namespace Parley.Raft;

/// <summary>How a leader sends entries to one member.</summary>
internal enum ProgressState
{
    /// <summary>One append at a time, until it is known where the logs match.</summary>
    Probe = 0,

    /// <summary>Appends are pipelined (dissertation §10.2.1): <see cref="Progress.Next"/> runs ahead of the answers.
    /// </summary>
    Replicate = 1,

    /// <summary>What it needs next is compacted: it fetches a snapshot, and gets no appends meanwhile.</summary>
    Snapshot = 2,
}

/// <summary>What a leader knows of another member in its term.</summary>
internal sealed class Progress
{
    private readonly LogIndex[] inFlight;
    private int inFlightFirst;
    private int inFlightCount;

    public Progress(Member member, LogIndex next, int appendsInFlightMax, long now)
    {
        Key = member.Key;
        IsVoter = member.IsVoter;
        Next = next;
        inFlight = new LogIndex[appendsInFlightMax];
        HeardAt = now;
        ProgressedAt = now;
    }

    public NodeKey Key { get; }

    public NodeId Id => Key.Id;

    public bool IsVoter { get; set; }

    /// <summary>No member any more: counts for nothing, and is still sent entries so that it learns of its end.
    /// </summary>
    public bool IsLeaving { get; set; }

    public ProgressState State { get; private set; }

    /// <summary>Its synced log matches the leader's up to here; never decreases (dissertation §3.5).</summary>
    public LogIndex Match { get; private set; }

    public LogIndex Next { get; private set; }

    /// <summary>The tick at which a message of it came last.</summary>
    public long HeardAt { get; set; }

    /// <summary>The tick of the last advance, or of the first append since everything was answered.</summary>
    public long ProgressedAt { get; private set; }

    /// <summary>The highest round of heartbeats it answered.</summary>
    public long AnsweredRound { get; set; }

    /// <summary>The commit index it was told of.</summary>
    public LogIndex ToldCommit { get; set; }

    /// <summary>The round whose answer shall prove that it still has what it acknowledged, and what that was.</summary>
    public long ProvingRound { get; private set; }

    public LogIndex MatchAtProvingRound { get; private set; }

    public long ProvingSince { get; private set; }

    /// <summary>Its log ended before what it acknowledged in this term.</summary>
    public bool IsRefused { get; set; }

    /// <summary>The snapshot it was offered last; none while no usable one was made.</summary>
    public LogIndex OfferedIndex { get; private set; }

    public long OfferedAt { get; private set; }

    /// <summary>Probe only: an append is out and nothing has come back.</summary>
    public bool IsProbing { get; private set; }

    /// <summary>Probe only: the round of heartbeats when the probe went out.</summary>
    public long ProbeRound { get; private set; }

    /// <summary>Probe only: the next one goes without entries, since the last was not answered.</summary>
    public bool ProbesBare { get; private set; }

    public bool HasInFlight => inFlightCount > 0 || IsProbing;

    public bool CanSend(LogIndex last) => State switch
    {
        ProgressState.Probe => !IsProbing,
        ProgressState.Replicate => Next <= last && inFlightCount < inFlight.Length,
        _ => false,
    };

    /// <summary>An append went out that ends at <paramref name="last"/>.</summary>
    public void Sent(LogIndex last, long round, long now)
    {
        if (!HasInFlight)
        {
            ProgressedAt = now;
        }

        if (State == ProgressState.Probe)
        {
            IsProbing = true;
            ProbeRound = round;
            return;
        }

        inFlight[(inFlightFirst + inFlightCount) % inFlight.Length] = last;
        inFlightCount++;
        Next = last.Next;
    }

    /// <summary>A success came that says more than is known, or answers a probe.</summary>
    public void Advance(LogIndex match, long now)
    {
        Match = LogIndex.Max(Match, match);
        Next = LogIndex.Max(Next, Match.Next);
        ProgressedAt = now;
        while (inFlightCount > 0 && inFlight[inFlightFirst] <= Match)
        {
            inFlightFirst = (inFlightFirst + 1) % inFlight.Length;
            inFlightCount--;
        }
    }

    /// <summary>Back to one append at a time, from <paramref name="next"/> but never before the match.</summary>
    public void Probe(LogIndex next)
    {
        State = ProgressState.Probe;
        Next = LogIndex.Max(next, Match.Next);
        IsProbing = false;
        ProbesBare = false;
        inFlightCount = 0;
    }

    /// <summary>The probe was not answered: another may go, without entries, to cost little.</summary>
    public void ProbeAgain(long now)
    {
        IsProbing = false;
        ProbesBare = true;
        ProgressedAt = now;
    }

    public void Replicate()
    {
        State = ProgressState.Replicate;
        Next = Match.Next;
        IsProbing = false;
        inFlightCount = 0;
    }

    public void AwaitSnapshot(LogIndex offered, long now)
    {
        State = ProgressState.Snapshot;
        OfferedIndex = offered;
        OfferedAt = now;
        IsProbing = false;
        inFlightCount = 0;
    }

    /// <summary>The first heartbeat of this round goes out: unless another is awaited, its answer shall prove the
    /// match, since whatever answers this round was said when that much had been acknowledged.</summary>
    public void BeginProof(long round, long now, int patienceTicks)
    {
        if (round > ProvingRound && (AnsweredRound >= ProvingRound || now - ProvingSince >= patienceTicks))
        {
            ProvingRound = round;
            MatchAtProvingRound = Match;
            ProvingSince = now;
        }
    }
}
