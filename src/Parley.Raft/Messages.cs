namespace Parley.Raft;

/// <summary>What nodes say to each other about the log; mirrors node/v1.</summary>
internal abstract record Message
{
    private Message()
    {
    }

    /// <summary>Whoever carries messages answers for it: this very data directory said it.</summary>
    public required NodeKey From { get; init; }

    /// <summary>For this data directory alone: what holds for one life of a node may be wrong for the next.</summary>
    public required NodeKey To { get; init; }

    /// <summary>The sender's term; for a pre-vote the term it would campaign in.</summary>
    public required Term Term { get; init; }

    /// <summary>Asks for a vote or pre-vote (dissertation §3.4, §9.6).</summary>
    public sealed record VoteRequest : Message
    {
        public required bool IsPreVote { get; init; }

        public required LogIndex LastLogIndex { get; init; }

        public required Term LastLogTerm { get; init; }

        /// <summary>Asked for by the leader in office (dissertation §3.10): stickiness does not count.</summary>
        public bool IsTransfer { get; init; }
    }

    /// <summary>Answers <see cref="VoteRequest"/>; sent only after the vote was synced.</summary>
    public sealed record VoteResponse : Message
    {
        public required bool IsPreVote { get; init; }

        public required bool Granted { get; init; }
    }

    /// <summary>Replicates entries (dissertation §3.5); may be empty as a probe.</summary>
    public sealed record AppendRequest : Message
    {
        public required LogIndex PreviousIndex { get; init; }

        public required Term PreviousTerm { get; init; }

        public required IReadOnlyList<Entry> Entries { get; init; }

        public required LogIndex CommitIndex { get; init; }
    }

    /// <summary>Answers <see cref="AppendRequest"/>; a success only after the entries were synced.</summary>
    public sealed record AppendResponse : Message
    {
        public required bool Success { get; init; }

        /// <summary>On success: this node's synced log matches the leader's up to here.</summary>
        public LogIndex MatchIndex { get; init; }

        /// <summary>On refusal: the request's previous index.</summary>
        public LogIndex RejectedIndex { get; init; }

        /// <summary>On refusal: the term of this node's entry at min(rejected, last).</summary>
        public Term ConflictTerm { get; init; }

        /// <summary>On refusal: this node's first index of that term, or its last index + 1 if its log is
        /// shorter.</summary>
        public LogIndex ConflictIndex { get; init; }
    }

    /// <summary>Keeps followers from campaigning; its round confirms read indexes (dissertation §6.4).</summary>
    public sealed record HeartbeatRequest : Message
    {
        /// <summary>Tells the commit index between rounds; in its own term it is not answered.</summary>
        public const long NoRound = 0;

        /// <summary>At most what the receiver is known to have.</summary>
        public required LogIndex CommitIndex { get; init; }

        /// <summary>The leader's commit index, for the receiver to see how far behind it is; nothing is committed by
        /// it.</summary>
        public LogIndex LeaderCommit { get; init; }

        /// <summary>Counts from 1 in a leader's life; or <see cref="NoRound"/>.</summary>
        public required long Round { get; init; }

        /// <summary>The leader has not heard the receiver for some time: what it proposes does not come.</summary>
        public bool IsUnheard { get; init; }
    }

    /// <summary>Answers <see cref="HeartbeatRequest"/>.</summary>
    public sealed record HeartbeatResponse : Message
    {
        public required long Round { get; init; }

        /// <summary>The sender's last log index: shows its leader a log that ends before what it acknowledged in this
        /// term (a data directory put back from a copy).</summary>
        public required LogIndex LastIndex { get; init; }
    }

    /// <summary>Tells a synced voter to campaign at once (dissertation §3.10).</summary>
    public sealed record TimeoutNow : Message;

    /// <summary>The receiver's next entries are compacted away: it shall fetch this snapshot out of band.</summary>
    public sealed record SnapshotOffer : Message
    {
        public required LogIndex Index { get; init; }

        public required Term SnapshotTerm { get; init; }
    }

    /// <summary>A follower asks its leader for a read index.</summary>
    public sealed record ReadIndexRequest : Message
    {
        public required long Number { get; init; }
    }

    /// <summary>Asks another node whether it hears a leader; for <see cref="LeaderWatch"/> alone.</summary>
    public sealed record LeaderInquiry : Message;

    /// <summary>Answers <see cref="LeaderInquiry"/>; for <see cref="LeaderWatch"/> alone.</summary>
    public sealed record LeaderNews : Message
    {
        /// <summary>The leader that the sender follows or is; <see cref="NodeId.None"/>: none.</summary>
        public required NodeId Leader { get; init; }

        /// <summary>Since when the sender has not heard it, in ticks.</summary>
        public required long SilentTicks { get; init; }
    }

    /// <summary>Answers <see cref="ReadIndexRequest"/>; <see cref="LogIndex.None"/> when not confirmed.</summary>
    public sealed record ReadIndexResponse : Message
    {
        public required long Number { get; init; }

        public required LogIndex ReadIndex { get; init; }
    }
}
