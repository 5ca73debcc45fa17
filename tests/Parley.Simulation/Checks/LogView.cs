using Parley.Raft;

namespace Parley.Simulation.Checks;

/// <summary>What a node's log must hold, kept beside the real one: terms and fingerprints by index.</summary>
internal sealed class LogView
{
    private readonly List<LogMark> marks = [];
    private readonly List<(long Index, Membership Membership)> memberships = [];
    private Membership baseMembership = new() { Members = [] };

    public long BaseIndex { get; private set; }

    public long BaseTerm { get; private set; }

    public long LastIndex => BaseIndex + marks.Count;

    public long LastTerm => marks.Count == 0 ? BaseTerm : marks[^1].Term;

    public HardState HardState { get; set; }

    public Membership Membership => MembershipAt(LastIndex);

    /// <summary>0 when it is older than the log.</summary>
    public long MembershipIndex => memberships.Count == 0 ? 0 : memberships[^1].Index;

    /// <summary>Null beyond the end and before the base.</summary>
    public LogMark? Find(long index) =>
        index > BaseIndex && index <= LastIndex ? marks[(int)(index - BaseIndex - 1)] : null;

    /// <summary>Whether the entry is there, or was and is part of a snapshot now.</summary>
    public bool Holds(long index, long term) => index <= BaseIndex || Find(index)?.Term == term;

    /// <summary>The membership in force at an entry.</summary>
    public Membership MembershipAt(long index)
    {
        var at = memberships.FindLastIndex(known => known.Index <= index);
        return at < 0 ? baseMembership : memberships[at].Membership;
    }

    /// <summary>Replaces from the first entry's index on.</summary>
    public void Replace(IReadOnlyList<Entry> entries)
    {
        foreach (var entry in entries)
        {
            Truncate(entry.Index.Value);
            marks.Add(LogMark.Of(entry));
            if (entry.Kind == EntryKind.Membership)
            {
                memberships.Add((entry.Index.Value, MembershipCodec.Decode(entry.Payload.Span)));
            }
        }
    }

    public void Truncate(long fromIndex)
    {
        if (fromIndex <= LastIndex)
        {
            var keep = (int)Math.Max(0, fromIndex - BaseIndex - 1);
            marks.RemoveRange(keep, marks.Count - keep);
            memberships.RemoveAll(known => known.Index >= fromIndex);
        }
    }

    /// <summary>The log begins at a snapshot now; what goes beyond it and matches it stays.</summary>
    public void Install(SnapshotMark mark)
    {
        if (mark.Index.Value <= BaseIndex)
        {
            baseMembership = mark.Index.Value == BaseIndex ? mark.Membership : baseMembership;
            return;
        }

        var matches = Find(mark.Index.Value)?.Term == mark.Term.Value;
        if (matches)
        {
            marks.RemoveRange(0, (int)(mark.Index.Value - BaseIndex));
        }
        else
        {
            marks.Clear();
            memberships.Clear();
        }

        memberships.RemoveAll(known => known.Index <= mark.Index.Value);
        baseMembership = mark.Membership;
        BaseIndex = mark.Index.Value;
        BaseTerm = mark.Term.Value;
    }

    /// <summary>A log that was just created.</summary>
    public static LogView Begun(SnapshotMark mark) => new() { baseMembership = mark.Membership };

    /// <summary>A copy, for a process that starts from what its disk holds.</summary>
    public LogView Copy()
    {
        var copy = new LogView { BaseIndex = BaseIndex, BaseTerm = BaseTerm, HardState = HardState };
        copy.marks.AddRange(marks);
        copy.memberships.AddRange(memberships);
        copy.baseMembership = baseMembership;
        return copy;
    }
}

/// <summary>An entry's term, a fingerprint of everything in it, and its stamp.</summary>
internal readonly record struct LogMark(long Term, ulong Print, long TimeUs)
{
    public static LogMark Of(Entry entry)
    {
        var print = ((ulong)entry.Kind << 56) ^ (ulong)entry.Term.Value ^ ((ulong)entry.TimeUs * 0x9E3779B97F4A7C15);
        foreach (var piece in entry.Payload.Span)
        {
            print = ((print ^ piece) * 0x100000001B3) ^ (print >> 31);
        }

        return new LogMark(entry.Term.Value, print, entry.TimeUs);
    }
}
