namespace Parley.Simulation.Faults;

/// <summary>
/// Bugs put into the simulator's own driver, disk and clients on purpose, to see that the checks catch them; none of
/// them is in production code.
/// </summary>
internal enum Plant
{
    None = 0,

    /// <summary>A follower answers an append before its sync has returned.</summary>
    AppendAnsweredBeforeSync = 1,

    /// <summary>A vote leaves before its sync has returned.</summary>
    VoteAnsweredBeforeSync = 2,

    /// <summary>Term and vote are forgotten at a restart.</summary>
    HardStateLostAtRestart = 3,

    /// <summary>Voters that are down or cut off count as if they had stored.</summary>
    MajorityOfTheReachable = 4,

    /// <summary>A client that repeats gives its lines new ids.</summary>
    RepeatUnderNewIds = 5,

    /// <summary>A node applies what it received without waiting for the commit.</summary>
    AppliedBeforeCommitted = 6,

    /// <summary>A node passes over an entry now and then.</summary>
    EntrySkipped = 7,

    /// <summary>A snapshot takes its place under a mark that is not its own.</summary>
    SnapshotUnderWrongMark = 8,

    /// <summary>A delivery stream begins at the head instead of the delivered mark.</summary>
    DropOnResume = 9,

    /// <summary>A leader counts its own disk before the sync has returned.</summary>
    LeaderCountsUnsynced = 10,

    /// <summary>The disk keeps the old entries where a leader replaced them.</summary>
    TruncationForgotten = 11,

    /// <summary>A node applies with its own clock instead of the entry's stamp.</summary>
    ClockInApply = 12,

    /// <summary>A node answers a read from its own state without a read index.</summary>
    StaleRead = 13,

    /// <summary>A leader answers a send when it has appended it, not when it was applied.</summary>
    AnsweredBeforeCommit = 14,

    /// <summary>A disk says it synced and did not.</summary>
    SyncLies = 15,

    /// <summary>A node acknowledges deliveries for the client when it has sent them.</summary>
    AcknowledgedOnSending = 16,

    /// <summary>The vote alone is forgotten at a restart.</summary>
    VoteForgottenAtRestart = 17,

    /// <summary>One node decides otherwise than the others; nothing from outside looks at digests.</summary>
    StateAltered = 18,

    /// <summary>A leader takes proposals behind a queue of any age.</summary>
    QueueOfAnyAge = 19,

    /// <summary>An edit or deletion that is asked for again is done again.</summary>
    ChangeDoneAgain = 20,

    /// <summary>A node that lost its disk comes back as the one it was.</summary>
    LostDiskKeepsIncarnation = 21,

    /// <summary>Snapshots name the founders as members, whoever they are by then.</summary>
    SnapshotNamesFounders = 22,

    /// <summary>A leader changes members while the change before is not committed.</summary>
    TwoChangesAtOnce = 23,

    /// <summary>A leader changes members before an entry of its term is committed.</summary>
    ChangeBeforeOwnCommit = 24,

    /// <summary>A leader removes itself, and counts itself on.</summary>
    RemovedLeaderCountsItself = 25,
}
