namespace Parley.Raft.Storage;

/// <summary>Moving the log's begin.</summary>
internal sealed partial class DurableLog
{
    /// <summary>Syncs a snapshot mark: the log begins there, and everything it had is void unless it goes beyond the
    /// mark and matches it (dissertation §5.1). What was buffered is synced before.</summary>
    public void InstallSnapshot(SnapshotMark mark)
    {
        Sync();
        Invariant.Holds(mark.Index >= state.Base.Index);
        if (mark.Index == state.Base.Index)
        {
            return;
        }

        var keeps = state.FindTerm(mark.Index) == mark.Term;
        ChangeBase(new BaseChange(keeps ? SegmentOf(mark.Index.Next) : files.Active.Number, keeps, mark));
    }

    /// <summary>Removes whole segments that hold nothing after this index; <see cref="Base"/> moves up to the last
    /// entry removed. What was buffered is synced before. The caller has a durable state up to the index.</summary>
    public void CutTo(LogIndex index)
    {
        Sync();
        Invariant.Holds(index <= state.LastIndex);
        if (index < state.Base.Index)
        {
            return;
        }

        var first = SegmentOf(index.Next);
        if (first == state.FirstSegment)
        {
            return;
        }

        var mark = MarkAt(state.Entries.FirstIn(first).Previous);
        ChangeBase(new BaseChange(first, KeepsEntries: true, mark));
    }

    /// <summary>The segment that holds an entry; the active one when there is no such entry yet.</summary>
    private long SegmentOf(LogIndex index) =>
        index > state.LastIndex ? files.Active.Number : state.Entries.PlaceOf(index).Segment;

    private SnapshotMark MarkAt(LogIndex index)
    {
        if (index == state.Base.Index)
        {
            return state.Base;
        }

        var entry = ReadEntries(index, index, int.MaxValue)[0];
        return new SnapshotMark
        {
            Index = index,
            Term = entry.Term,
            TimeUs = entry.TimeUs,
            Membership = state.Entries.FindMembership(index) ?? state.Base.Membership,
        };
    }

    /// <summary>First the record of it, synced; then the files. A start in between finishes it.</summary>
    private void ChangeBase(BaseChange change)
    {
        isDead = true;
        LogRecord.AppendBody(batch, LogRecordType.Base, change.Encode());
        files.Write(batch, state);
        batch.Clear();
        IReadOnlyList<Segment> removed;
        lock (gate)
        {
            state.Apply(change);
            removed = files.RemoveBelow(change.FirstSegment);
        }

        files.Delete(removed);
        isDead = false;
    }
}
