namespace Parley.Simulation.Checks;

/// <summary>
/// Moments that a search must have seen, or it proves little: each is recognised from what a node hands to its driver,
/// its disk and the network, so no product code knows of it. <see cref="FailpointCounts"/> counts them.
/// </summary>
internal enum Failpoint
{
    /// <summary>A pre-vote was refused.</summary>
    PreVoteRefused,

    /// <summary>A vote was refused.</summary>
    VoteRefused,

    /// <summary>A term passed without a leader before one was elected.</summary>
    TermWithoutLeader,

    /// <summary>A leader heard of a higher term.</summary>
    LeaderDeposed,

    /// <summary>A leader that no longer heard a majority stepped down in its term.</summary>
    LeaderSteppedDownUnheard,

    /// <summary>A leader of a term that is over was heard.</summary>
    StaleLeaderHeard,

    /// <summary>The connection to the leader was reset.</summary>
    LeaderConnectionReset,

    /// <summary>A leader asked another node to take over.</summary>
    TransferAsked,

    /// <summary>The node that was asked leads.</summary>
    TransferWon,

    /// <summary>The leader that asked went on to lead.</summary>
    TransferAborted,

    /// <summary>A vote was synced and left, then the voter died.</summary>
    VoteSyncedThenCrash,

    /// <summary>A follower's log did not hold what an append builds on.</summary>
    AppendRefused,

    /// <summary>It held another term there, so a whole term is backed up at once.</summary>
    AppendBackedUpByTerm,

    /// <summary>A follower's log lost a suffix that conflicts with the leader's.</summary>
    SuffixTruncated,

    /// <summary>An append came that ends before the log does: it must not shorten it.</summary>
    AppendShorterThanLog,

    /// <summary>A leader committed entries of an earlier term by one of its own.</summary>
    OldTermCommitted,

    /// <summary>A leader took no proposal because too much is uncommitted.</summary>
    ProposalOverloaded,

    /// <summary>A node took no proposal because too many wait.</summary>
    ProposerFull,

    /// <summary>A proposal was forwarded again since nothing was heard of it.</summary>
    ProposalForwardedAgain,

    /// <summary>A copy waited for the first to be applied.</summary>
    CopyHeldBack,

    /// <summary>A read index was confirmed.</summary>
    ReadConfirmed,

    /// <summary>A read index could not be confirmed.</summary>
    ReadRefused,

    /// <summary>A node died inside a write: some sectors are new, some old.</summary>
    CrashedInWrite,

    /// <summary>A node died between a write and its sync.</summary>
    CrashedBeforeSync,

    /// <summary>A node died while files were made, renamed or deleted.</summary>
    CrashedAtNames,

    /// <summary>A node died while it recovered its log.</summary>
    CrashedWhileRecovering,

    /// <summary>A write or a sync failed.</summary>
    StorageFailed,

    /// <summary>Power failed while something was written and not synced.</summary>
    PowerLostUnsynced,

    /// <summary>What was not synced was there after a start all the same.</summary>
    UnsyncedSurvived,

    /// <summary>What was not synced was gone after a start.</summary>
    UnsyncedLost,

    /// <summary>A state fell back behind what an earlier life had applied, and was replayed.</summary>
    StateFellBack,

    /// <summary>The log was cut behind a snapshot.</summary>
    LogCut,

    /// <summary>A snapshot was offered.</summary>
    SnapshotOffered,

    /// <summary>An offer came that its receiver no longer needs.</summary>
    SnapshotOfferStale,

    /// <summary>A snapshot was fetched that was no longer needed.</summary>
    SnapshotFetchedTooLate,

    /// <summary>A snapshot took the place of the state.</summary>
    SnapshotInstalled,

    /// <summary>A node died when its log began at a snapshot and its state did not.</summary>
    CrashedInInstall,

    /// <summary>A start put a snapshot in place that an earlier life could not.</summary>
    InstallFinishedAtStart,

    /// <summary>Old sectors of a log were damaged.</summary>
    LogDamaged,

    /// <summary>A start refused a damaged log.</summary>
    DamageRefused,

    /// <summary>A running node found its log damaged, and ended.</summary>
    DamageFoundReading,

    /// <summary>A snapshot file was damaged, and the start from it refused.</summary>
    StateDamageRefused,

    /// <summary>After healing, a minority stayed dead for a while.</summary>
    MinorityLeftDown,

    /// <summary>A node lost its disk and came back with an empty one.</summary>
    DiskReplaced,

    /// <summary>A learner that had caught up became a voter.</summary>
    LearnerPromoted,

    /// <summary>A learner was not made a voter since it had not caught up.</summary>
    LearnerRefusedBehind,

    /// <summary>A change of members was refused since too few of the new voters were heard.</summary>
    ChangeRefusedNoMajority,

    /// <summary>A change of members was refused since nothing of the leader's term was committed.</summary>
    ChangeRefusedNothingCommitted,

    /// <summary>A change of members that was in a log was replaced by another leader's entry.</summary>
    ChangeReplaced,

    /// <summary>A node found that it was removed, and stopped.</summary>
    RemovedStopped,

    /// <summary>A node's digest was found to be a majority's.</summary>
    DigestsAgreed,

    /// <summary>A node had not applied what its client had seen.</summary>
    NodeBehindClient,

    /// <summary>A late repeat got its first outcome.</summary>
    RepeatAnswered,

    /// <summary>An id was used for another content, and refused.</summary>
    IdReuseRefused,

    /// <summary>A counter was skipped, and refused.</summary>
    CounterSkipRefused,

    /// <summary>More was acknowledged than there is, and refused.</summary>
    MarkBeyondHeadRefused,

    /// <summary>A client was answered that its read marks are there.</summary>
    ReadMarkMoved,

    /// <summary>They were not taken: no version, no session, or not done.</summary>
    ReadMarkNotTaken,

    /// <summary>A client was answered that its line has another text.</summary>
    MessageEdited,

    /// <summary>A client was answered that its line is a tombstone.</summary>
    MessageErased,

    /// <summary>An edit came to a tombstone, and was refused.</summary>
    EditOfTombstoneRefused,

    /// <summary>A client asked again for an edit or a deletion.</summary>
    ChangeAskedAgain,

    /// <summary>A stream delivered a tombstone.</summary>
    TombstoneDelivered,

    /// <summary>The cluster began to behave as a newer state version does.</summary>
    VersionRaised,

    /// <summary>A command came too late by log time.</summary>
    CommandTooLate,

    /// <summary>A stream's number was not larger than the last.</summary>
    StreamReplaced,

    /// <summary>A session ended while a stream of it was open; its client was told.</summary>
    SessionEndedUnderStream,

    /// <summary>A client took nothing for a while.</summary>
    ClientHung,

    /// <summary>All clients came to other nodes at once.</summary>
    ReconnectStorm,
}
