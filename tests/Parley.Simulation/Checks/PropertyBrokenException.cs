namespace Parley.Simulation.Checks;

/// <summary>A promise was broken in a run: the run ends and its seed is worth keeping.</summary>
internal sealed class PropertyBrokenException(string property, string detail) : Exception($"{property}: {detail}")
{
    /// <summary>A name of <see cref="Properties"/>.</summary>
    public string Property { get; } = property;
}

/// <summary>The names of what is checked (the C numbers of docs/proof.md where it has one).</summary>
internal static class Properties
{
    public const string ElectionSafety = "election safety";
    public const string LogMatching = "log matching";
    public const string LeaderCompleteness = "leader completeness";
    public const string StateMachineSafety = "state machine safety";
    public const string CommitNeedsMajority = "commit needs a synced majority";
    public const string OwnTermCommit = "only entries of the own term are counted";
    public const string OneVoterAtATime = "one voter changes at a time";
    public const string ChangeAfterOwnCommit = "a change of members follows a commit of the own term";
    public const string NewestMembership = "the newest membership in the log rules";
    public const string ElectedByVoters = "a leader has the votes of a majority of its voters";
    public const string OnlyRemovedStop = "only removed nodes stop";
    public const string AppliedIsSynced = "applied is synced";
    public const string AppliedIsCommitted = "applied is committed";
    public const string PromiseIsSynced = "a promise is synced before it leaves";
    public const string OneVote = "one vote a term";
    public const string TermNeverFalls = "a term never falls";
    public const string DiskKeepsSynced = "what was synced is there after a crash";
    public const string DiskHoldsTheLog = "the disk holds the log that was handed to it";
    public const string SnapshotMatchesMark = "a snapshot is what its mark says";
    public const string LogTime = "log time never goes back";
    public const string Digest = "C13 equal digests";
    public const string DigestOnline = "C13 a node that differs finds it by itself";
    public const string NothingLost = "C1 nothing acknowledged is lost";
    public const string NothingDoubled = "C2 nothing is doubled";
    public const string NoPhantom = "C3 no phantom";
    public const string SenderOrder = "C4 a sender's order";
    public const string OneOrder = "C5 one gapless order";
    public const string Delivery = "C6 delivery in order, nothing skipped";
    public const string OnlyMembers = "C7 only members see";
    public const string OneSession = "C10 one live session";
    public const string FreshReads = "C12 no stale read";
    public const string DeletedStays = "C16 what was deleted is not shown again";
    public const string LastEditStands = "C17 the last edit stands";
    public const string Convergence = "C15 convergence";
    public const string LeaderInTime = "C15 a majority has a leader";
    public const string FreshProgress = "C15 what is new gets through";
    public const string QuietTerm = "no election without a reason";
    public const string NoSurprise = "no exception";
}
