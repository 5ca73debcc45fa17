using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>What the loop that owns RaftCore is told.</summary>
internal abstract record LoopInput
{
    private LoopInput()
    {
    }

    /// <summary>A peer said this.</summary>
    /// <param name="From">Checked against the stream's greeting.</param>
    /// <param name="Messages">In order.</param>
    /// <param name="ClockUs">Its wall clock, microseconds since 1970-01-01T00:00:00Z; 0: not told.</param>
    /// <param name="ReceivedAt">Our monotonic time stamp.</param>
    public sealed record Received(
        NodeId From, IReadOnlyList<Message> Messages, long ClockUs, long ReceivedAt) : LoopInput;

    /// <summary>Another node's clients propose this.</summary>
    public sealed record Forwarded(ForwardedBatch Batch) : LoopInput;

    /// <summary>The last entries of Readys that are synced.</summary>
    public sealed record Persisted(IReadOnlyList<(LogIndex Index, Term Term)> Ends) : LoopInput;

    public sealed record Applied(LogIndex Index) : LoopInput;

    public sealed record ReadIndex(long Number) : LoopInput;

    /// <summary>See <c>RaftCore.ConnectionReset</c>.</summary>
    public sealed record ConnectionReset(NodeId Member) : LoopInput;

    /// <summary>This node stops: it takes no more proposals and hands leadership on.</summary>
    public sealed record HandOver : LoopInput;

    /// <summary>Leadership goes to another node; this one goes on.</summary>
    /// <param name="To">Which; <see cref="NodeId.None"/>: whichever is best.</param>
    /// <param name="Answer">Whether it begins; null: nobody wants to know.</param>
    public sealed record Transfer(NodeId To, TaskCompletionSource<TransferRefusal>? Answer = null) : LoopInput;

    /// <summary>The leader shall change members.</summary>
    /// <param name="Next">What of those there are now shall become; the same when it is so already.</param>
    /// <param name="Answer">None when that is committed; or why not, or another leader's to decide by now.</param>
    public sealed record ChangeMembers(
        Func<Membership, Membership?> Next, TaskCompletionSource<MembershipRefusal> Answer) : LoopInput;

    /// <summary>A snapshot for other nodes is there, synced and named.</summary>
    public sealed record SnapshotMade(LogIndex Index, Term Term) : LoopInput;

    /// <summary>A snapshot could not be made; it may be tried again later.</summary>
    public sealed record SnapshotNotMade : LoopInput;

    /// <summary>This snapshot was made here, is damaged on this node's disk, and was dropped.</summary>
    public sealed record SnapshotDamaged(LogIndex Index, Term Term) : LoopInput;

    /// <summary>The snapshot that was offered is here, whole and synced.</summary>
    public sealed record SnapshotFetched(SnapshotMark Mark) : LoopInput;

    /// <summary>It is the state now, and the log begins at it.</summary>
    public sealed record SnapshotInstalled(SnapshotMark Mark) : LoopInput;

    public sealed record Stop : LoopInput;
}

/// <summary>What the thread that owns the log is told.</summary>
internal abstract record WriterInput
{
    private WriterInput()
    {
    }

    public sealed record Write(Ready Ready) : WriterInput;

    /// <summary>The state file holds everything up to here, synced.</summary>
    public sealed record Checkpointed(LogIndex Index) : WriterInput;

    /// <summary>The log begins at this snapshot from now on; then the applier puts it in place.</summary>
    public sealed record Install(SnapshotMark Mark) : WriterInput;

    public sealed record Stop : WriterInput;
}

/// <summary>What the thread that owns the state is told.</summary>
internal abstract record ApplierInput
{
    private ApplierInput()
    {
    }

    public sealed record Apply(IReadOnlyList<Entry> Entries) : ApplierInput;

    /// <summary>This snapshot, fetched and synced, takes the place of the state.</summary>
    public sealed record Replace(SnapshotMark Mark) : ApplierInput;

    public sealed record Stop : ApplierInput;
}

/// <summary>The mailboxes of the three threads.</summary>
internal sealed class NodeMail
{
    private const int LoopInputsMax = 8_192;

    public Mailbox<LoopInput> Loop { get; } = new(LoopInputsMax);

    public Mailbox<WriterInput> Writer { get; } = new(int.MaxValue);

    public Mailbox<ApplierInput> Applier { get; } = new(int.MaxValue);
}
