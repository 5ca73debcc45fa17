using Parley.Raft;

namespace Parley.Simulation.Machines;

/// <summary>Something for a node's disk thread, which does them in order and syncs several at once.</summary>
internal sealed class DiskJob
{
    public HardState? HardState { get; init; }

    public IReadOnlyList<Entry> Entries { get; init; } = [];

    /// <summary>To be sent once this job and all before it are synced.</summary>
    public IReadOnlyList<Message> Messages { get; init; } = [];

    /// <summary>A snapshot mark the log shall begin at.</summary>
    public SnapshotMark? Install { get; init; }

    /// <summary>The log may drop what is up to here.</summary>
    public LogIndex? CutTo { get; init; }

    public static DiskJob Of(Ready ready) => new()
    {
        HardState = ready.HardState,
        Entries = ready.EntriesToPersist,
        Messages = ready.MessagesAfterPersist,
    };
}
