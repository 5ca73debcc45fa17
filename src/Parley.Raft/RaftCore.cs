namespace Parley.Raft;

/// <summary>The role a node plays.</summary>
internal enum RaftRole
{
    Follower = 0,
    PreCandidate = 1,
    Candidate = 2,
    Leader = 3,
}

/// <summary>What became of a proposal at the door.</summary>
internal enum ProposeResult
{
    Accepted = 0,

    /// <summary>This node does not lead (or is about to stop leading); nothing was appended.</summary>
    NotLeader = 1,

    /// <summary>Too much is uncommitted; nothing was appended.</summary>
    Overloaded = 2,
}

/// <summary>
/// Consensus as a pure state machine: no clock, socket, thread or disk. One loop owns it: it calls an input method,
/// then takes a <see cref="Ready"/> while there is one, and does what that says.
/// </summary>
internal sealed class RaftCore
{
    /// <summary>Starts from what is on disk: as a follower, without a leader, with nothing committed beyond
    /// <paramref name="appliedIndex"/>.</summary>
    /// <param name="options">Measures.</param>
    /// <param name="storedLog">The log as recovered; everything in it is synced.</param>
    /// <param name="hardState">As recovered.</param>
    /// <param name="appliedIndex">What the state machine has applied; at least the log's base, at most its end.</param>
    public RaftCore(RaftOptions options, IStoredLog storedLog, HardState hardState, LogIndex appliedIndex) =>
        throw new NotSupportedException("not built yet");

    public RaftRole Role { get; }

    public Term Term { get; }

    /// <summary>The leader of <see cref="Term"/> as far as known, else <see cref="NodeId.None"/>.</summary>
    public NodeId Leader { get; }

    public LogIndex CommitIndex { get; }

    public LogIndex LastIndex { get; }

    public Membership Membership { get; } = new() { Members = [] };

    /// <summary>The stamp of the last entry in the log, microseconds since 1970-01-01T00:00:00Z.</summary>
    public long LastTimeUs { get; }

    public bool HasReady { get; }

    /// <summary>Leader only: the voters (itself included) heard from within an election time-out.</summary>
    public int ActiveVoters { get; }

    /// <summary>Leader only: whether an entry of its own term is committed.</summary>
    public bool HasCommittedInTerm { get; }

    /// <summary>Leader only: a follower's next entries are compacted away and no snapshot reaches the log that is left:
    /// make one and call <see cref="SnapshotMade"/>.</summary>
    public bool NeedsSnapshot { get; }

    /// <summary>Leader only: members whose log ended before what they acknowledged in this term (a data directory put
    /// back from a copy); they get no entries in this term and count for nothing.</summary>
    public IReadOnlyList<NodeId> RefusedMembers { get; } = [];

    /// <summary>Messages dropped because sender or receiver was not a member, not this node, or the content malformed.
    /// </summary>
    public long ForeignMessagesDropped { get; }

    /// <summary>Messages dropped because their term leapt by more than <see cref="RaftOptions.TermLeapMax"/>.</summary>
    public long TermLeapsRefused { get; }

    /// <summary>One tick has passed.</summary>
    public void Tick() => throw new NotSupportedException("not built yet");

    /// <summary>A message has arrived. Foreign or forged ones (unknown sender, a leap of terms) are dropped.</summary>
    public void Step(Message message) => throw new NotSupportedException("not built yet");

    /// <summary>Appends commands as leader, stamped max(last stamp, <paramref name="timeUs"/>); all or none.</summary>
    public ProposeResult Propose(IReadOnlyList<ReadOnlyMemory<byte>> commands, long timeUs) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Everything handed out for persistence up to this entry is synced: called with the last of
    /// <see cref="Ready.EntriesToPersist"/> of each Ready that had any, in the order of the Readys. A pair that was
    /// replaced since is ignored.</summary>
    public void Persisted(LogIndex index, Term term) => throw new NotSupportedException("not built yet");

    /// <summary>The state machine has applied (and committed to its file) everything up to here.</summary>
    public void Applied(LogIndex index) => throw new NotSupportedException("not built yet");

    /// <summary>Asks for a read index (leader: a round of heartbeats; follower: asks its leader). The answer comes in
    /// <see cref="Ready.Reads"/>, always.</summary>
    public void ReadIndex(long number) => throw new NotSupportedException("not built yet");

    /// <summary>The connection to a member was reset and one reconnect has failed: ends stickiness to it in its current
    /// term, and campaigns soon if it was the leader.</summary>
    public void ConnectionReset(NodeId member) => throw new NotSupportedException("not built yet");

    /// <summary>Hands leadership to the most up-to-date active voter; meanwhile proposals are
    /// <see cref="ProposeResult.NotLeader"/>. No effect on a non-leader.</summary>
    public void TransferLeadership() => throw new NotSupportedException("not built yet");

    /// <summary>The offered snapshot is in place of the state, and the log (synced) begins at it. The caller installs
    /// only while the mark is above <see cref="CommitIndex"/>; before it installs, every Ready taken was written, and
    /// from then until this call it takes none.</summary>
    public void SnapshotInstalled(SnapshotMark mark) => throw new NotSupportedException("not built yet");

    /// <summary>A snapshot for followers was made; <see cref="Message.SnapshotOffer"/>s name it from now on.</summary>
    public void SnapshotMade(LogIndex index, Term term) => throw new NotSupportedException("not built yet");

    /// <summary>Takes what is to be done; see <see cref="Ready"/>.</summary>
    public Ready TakeReady() => throw new NotSupportedException("not built yet");
}
