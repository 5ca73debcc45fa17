namespace Parley.Raft.Storage;

/// <summary>Where each entry of the log lies, and its term: eight bytes an entry, one run a term. Not thread-safe.
/// </summary>
internal sealed class EntryTable
{
    private readonly List<(LogIndex First, Term Term)> termRuns = [];
    private readonly List<(LogIndex Index, Membership Membership)> memberships = [];
    private ulong[] places = new ulong[1024];
    private int start;
    private int count;

    public EntryTable(LogIndex tableBase) => Base = tableBase;

    /// <summary>The index before the first entry here.</summary>
    public LogIndex Base { get; private set; }

    public LogIndex Last => new(Base.Value + count);

    /// <summary>The newest membership among the entries; null when none is there.</summary>
    public Membership? NewestMembership => memberships.Count == 0 ? null : memberships[^1].Membership;

    /// <summary>All memberships among the entries, in order.</summary>
    public IReadOnlyList<(LogIndex Index, Membership Membership)> Memberships => memberships;

    /// <summary>Adds an entry; what was there at its index and after is superseded.</summary>
    public void Add(EntryFacts entry, Membership? membership, EntryPlace place)
    {
        Invariant.Holds(entry.Index <= Last.Next);
        if (entry.Index <= Last)
        {
            TruncateFrom(entry.Index);
        }

        if (start + count == places.Length)
        {
            MakeRoom();
        }

        places[start + count] = place.Packed;
        count++;
        if (termRuns.Count == 0 || termRuns[^1].Term != entry.Term)
        {
            termRuns.Add((entry.Index, entry.Term));
        }

        if (membership is not null)
        {
            memberships.Add((entry.Index, membership));
        }
    }

    /// <summary>Forgets everything; the next entry is the one after this index.</summary>
    public void Reset(LogIndex newBase)
    {
        Base = newBase;
        start = 0;
        count = 0;
        termRuns.Clear();
        memberships.Clear();
    }

    /// <summary>Forgets the entries up to this one.</summary>
    public void TrimTo(LogIndex index)
    {
        if (index <= Base)
        {
            return;
        }

        Invariant.Holds(index <= Last);
        var removed = (int)(index.Value - Base.Value);
        start += removed;
        count -= removed;
        Base = index;
        var runs = termRuns.FindLastIndex(run => run.First <= index.Next);
        termRuns.RemoveRange(0, count == 0 ? termRuns.Count : runs);
        memberships.RemoveAll(item => item.Index <= index);
    }

    public Term? FindTerm(LogIndex index)
    {
        if (index <= Base || index > Last)
        {
            return null;
        }

        for (var i = termRuns.Count - 1; i >= 0; i--)
        {
            if (termRuns[i].First <= index)
            {
                return termRuns[i].Term;
            }
        }

        return null;
    }

    /// <summary>The newest membership at or before an entry; null when it is older than the table.</summary>
    public Membership? FindMembership(LogIndex at)
    {
        var found = memberships.FindLastIndex(item => item.Index <= at);
        return found < 0 ? null : memberships[found].Membership;
    }

    public EntryPlace PlaceOf(LogIndex index)
    {
        Invariant.Holds(index > Base && index <= Last);
        return new EntryPlace(places[start + (int)(index.Value - Base.Value) - 1]);
    }

    /// <summary>Copies the places of consecutive entries; all must be there.</summary>
    public void CopyPlaces(LogIndex first, Span<ulong> destination)
    {
        Invariant.Holds(first > Base && first.Value + destination.Length - 1 <= Last.Value);
        places.AsSpan(start + (int)(first.Value - Base.Value) - 1, destination.Length).CopyTo(destination);
    }

    /// <summary>The first entry that lies in this segment or a later one; one after the last when none does.</summary>
    public LogIndex FirstIn(long segment)
    {
        var (low, high) = (0, count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = new EntryPlace(places[start + middle]).Segment < segment
                ? (middle + 1, high)
                : (low, middle);
        }

        return new LogIndex(Base.Value + low + 1);
    }

    private void TruncateFrom(LogIndex index)
    {
        if (index <= Base)
        {
            // Only while recovering from a segment in the middle: the final base lies below, too.
            Reset(index.Previous);
            return;
        }

        count = (int)(index.Value - Base.Value) - 1;
        termRuns.RemoveAll(run => run.First >= index);
        memberships.RemoveAll(item => item.Index >= index);
        if (count == 0)
        {
            termRuns.Clear();
        }
    }

    private void MakeRoom()
    {
        var target = count > places.Length / 2 ? new ulong[places.Length * 2] : places;
        Array.Copy(places, start, target, 0, count);
        places = target;
        start = 0;
    }
}

/// <summary>Where an entry's record begins: the segment's number and the offset in its file.</summary>
internal readonly record struct EntryPlace(ulong Packed)
{
    public EntryPlace(long segment, int offset)
        : this(((ulong)segment << 32) | (uint)offset)
    {
    }

    public long Segment => (long)(Packed >> 32);

    public int Offset => (int)(uint)Packed;
}
