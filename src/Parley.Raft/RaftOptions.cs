namespace Parley.Raft;

/// <summary>RaftCore's measures; times in ticks of the caller (10 ms in the server).</summary>
internal sealed record RaftOptions
{
    public required NodeId Self { get; init; }

    /// <summary>The random number of this node's data directory: it is a member only where the membership names it.
    /// </summary>
    public required ulong Incarnation { get; init; }

    /// <summary>Start of the core's own random sequence (election time-outs, first request number); another one at each
    /// start of the node, so that no answer to an earlier life is taken for one to this.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Election time-outs are drawn from [ElectionTicks, 2 × ElectionTicks).</summary>
    public int ElectionTicks { get; init; } = 30;

    public int HeartbeatTicks { get; init; } = 6;

    /// <summary>A refused pre-candidate tries again after a draw from [min, max] (50–150 ms).</summary>
    public int PreVoteRetryTicksMin { get; init; } = 5;

    public int PreVoteRetryTicksMax { get; init; } = 15;

    /// <summary>An append not answered for this long is sent again from the last match.</summary>
    public int AppendTimeoutTicks { get; init; } = 100;

    /// <summary>A snapshot offered and not installed for this long is offered again.</summary>
    public int SnapshotTimeoutTicks { get; init; } = 500;

    /// <summary>A transfer that takes longer is given up.</summary>
    public int TransferTicks { get; init; } = 100;

    public int AppendBytesMax { get; init; } = 1 << 20;

    public int AppendEntriesMax { get; init; } = 1024;

    /// <summary>Appends in flight to one follower.</summary>
    public int AppendsInFlightMax { get; init; } = 16;

    /// <summary>Entries (and bytes) appended by this leader and not yet committed, beyond which it takes
    /// none.</summary>
    public int UncommittedEntriesMax { get; init; } = 65536;

    public long UncommittedBytesMax { get; init; } = 64L << 20;

    /// <summary>While a leader has an entry that is older than this and not applied, it takes no more: half of what a
    /// client waits for an attempt (1 s), so that what is taken is answered while somebody waits for it.</summary>
    public int AppliedWithinTicks { get; init; } = 50;

    /// <summary>A learner that lags further than this behind what is committed does not become a voter yet; nor is such
    /// a voter counted on when another shall leave.</summary>
    public int LearnerLagMax { get; init; } = 1000;

    /// <summary>How much of the log the core keeps in memory behind the applied index for followers that lag.</summary>
    public long RecentBytesMax { get; init; } = 16L << 20;

    /// <summary>A term further above one's own than this is refused and reported (a forged term).</summary>
    public long TermLeapMax { get; init; } = 1_000_000;
}
