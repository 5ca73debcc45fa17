namespace Parley.Raft.Storage;

/// <summary>What the records of a log add up to, live and while recovering alike. Not thread-safe.</summary>
internal sealed class LogState
{
    public LogState(SnapshotMark logBase, LogIndex lastIndex, HardState hardState, long firstSegment)
    {
        Base = logBase;
        Entries = new EntryTable(lastIndex);
        HardState = hardState;
        FirstSegment = firstSegment;
    }

    public SnapshotMark Base { get; private set; }

    public EntryTable Entries { get; }

    public HardState HardState { get; set; }

    /// <summary>Segments below are not needed any more.</summary>
    public long FirstSegment { get; private set; }

    public LogIndex LastIndex => Entries.Last;

    public Membership Membership => Entries.NewestMembership ?? Base.Membership;

    public Term? FindTerm(LogIndex index) => index == Base.Index ? Base.Term : Entries.FindTerm(index);

    public void Apply(BaseChange change)
    {
        if (change.KeepsEntries)
        {
            Entries.TrimTo(change.Mark.Index);
        }
        else
        {
            Entries.Reset(change.Mark.Index);
        }

        Base = change.Mark;
        FirstSegment = change.FirstSegment;
    }

    /// <summary>Recovery began in the middle of the history: does what was found reach back to the base?</summary>
    public bool Settle()
    {
        if (Entries.Base > Base.Index || Entries.Last < Base.Index)
        {
            return false;
        }

        Entries.TrimTo(Base.Index);
        return true;
    }
}
