using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>A stored log in memory for tests of the core; what is written is synced.</summary>
internal sealed class MemoryLog(Membership membership) : IStoredLog
{
    private readonly List<Entry> entries = [];

    public SnapshotMark Base { get; private set; } = new()
    {
        Index = LogIndex.None,
        Term = Term.None,
        TimeUs = 0,
        Membership = membership,
    };

    public HardState HardState { get; private set; }

    public LogIndex LastIndex => new(Base.Index.Value + entries.Count);

    public Membership Membership =>
        entries.FindLast(entry => entry.Kind == EntryKind.Membership) is { } entry
            ? MembershipCodec.Decode(entry.Payload.Span)
            : Base.Membership;

    public IReadOnlyList<(LogIndex Index, Membership Membership)> Memberships =>
    [
        .. entries.Where(entry => entry.Kind == EntryKind.Membership)
            .Select(entry => (entry.Index, MembershipCodec.Decode(entry.Payload.Span))),
    ];

    public Term? FindTerm(LogIndex index)
    {
        if (index == Base.Index)
        {
            return Base.Term;
        }

        return index > Base.Index && index <= LastIndex ? entries[At(index)].Term : null;
    }

    public IReadOnlyList<Entry> ReadEntries(LogIndex first, LogIndex last, int bytesMax)
    {
        var read = new List<Entry>();
        var bytes = 0;
        for (var index = first; index > Base.Index && index <= last && (read.Count == 0 || bytes < bytesMax);
            index = index.Next)
        {
            read.Add(entries[At(index)]);
            bytes += read[^1].Payload.Length;
        }

        return read;
    }

    public void Write(HardState? hardState, IReadOnlyList<Entry> written)
    {
        HardState = hardState ?? HardState;
        foreach (var entry in written)
        {
            Assert.True(entry.Index > Base.Index && entry.Index <= LastIndex.Next, $"a gap before {entry.Index}");
            entries.RemoveRange(At(entry.Index), entries.Count - At(entry.Index));
            entries.Add(entry);
        }
    }

    /// <summary>As the durable log: what goes beyond the mark stays only if it matches there.</summary>
    public void InstallSnapshot(SnapshotMark mark)
    {
        if (FindTerm(mark.Index) == mark.Term)
        {
            entries.RemoveRange(0, At(mark.Index) + 1);
        }
        else
        {
            entries.Clear();
        }

        Base = mark;
    }

    public void CutTo(LogIndex index)
    {
        var cut = entries[At(index)];
        var ruling = entries.FindLast(entry => entry.Kind == EntryKind.Membership && entry.Index <= index);
        var mark = new SnapshotMark
        {
            Index = index,
            Term = cut.Term,
            TimeUs = cut.TimeUs,
            Membership = ruling is null ? Base.Membership : MembershipCodec.Decode(ruling.Payload.Span),
        };
        entries.RemoveRange(0, At(index) + 1);
        Base = mark;
    }

    /// <summary>A directory put back from a copy: everything after this entry is gone.</summary>
    public void Lose(LogIndex after) => entries.RemoveRange(At(after.Next), entries.Count - At(after.Next));

    private int At(LogIndex index) => (int)(index.Value - Base.Index.Value - 1);
}
