namespace Parley.Raft;

/// <summary>The newest entries of the log in memory: a growing ring addressed by log index, with running sums of what
/// the entries cost.</summary>
internal sealed class EntryRing
{
    /// <summary>What an entry costs besides its payload, in memory and on the wire; keeps tiny entries
    /// bounded.</summary>
    public const int EntryOverheadBytes = 64;

    private const int CapacityMin = 256;

    private Entry?[] entries = new Entry?[CapacityMin];
    private long[] costUpTo = new long[CapacityMin];
    private long first;
    private int count;
    private long costBefore;

    public EntryRing(LogIndex first) => this.first = first.Value;

    public LogIndex First => new(first);

    public LogIndex Last => new(first + count - 1);

    /// <summary>Bytes of all entries here.</summary>
    public long Cost => CostUpTo(Last) - costBefore;

    public Entry this[LogIndex index]
    {
        get
        {
            Invariant.Holds(index.Value >= first && index.Value < first + count);
            return entries[Slot(index.Value)]!;
        }
    }

    public static int CostOf(Entry entry) => entry.Payload.Length + EntryOverheadBytes;

    /// <summary>Bytes of the entries after <paramref name="after"/> up to <paramref name="last"/>, as far as they are
    /// here.</summary>
    public long CostBetween(LogIndex after, LogIndex last) => Math.Max(0, CostUpTo(last) - CostUpTo(after));

    public void Append(Entry entry)
    {
        Invariant.Holds(entry.Index.Value == first + count);
        if (count == entries.Length)
        {
            Grow();
        }

        var cost = CostUpTo(Last) + CostOf(entry);
        entries[Slot(entry.Index.Value)] = entry;
        costUpTo[Slot(entry.Index.Value)] = cost;
        count++;
    }

    /// <summary>Removes the entry at <paramref name="index"/> and all after it; before the first, the ring is empty and
    /// begins there.</summary>
    public void TruncateFrom(LogIndex index)
    {
        while (count > 0 && Last >= index)
        {
            entries[Slot(Last.Value)] = null;
            count--;
        }

        if (count == 0)
        {
            first = Math.Min(first, index.Value);
        }
    }

    public void DropFirst()
    {
        Invariant.Holds(count > 0);
        costBefore = costUpTo[Slot(first)];
        entries[Slot(first)] = null;
        first++;
        count--;
    }

    /// <summary>Forgets everything and begins at <paramref name="next"/>.</summary>
    public void Reset(LogIndex next)
    {
        Array.Clear(entries);
        first = next.Value;
        count = 0;
        costBefore = 0;
    }

    private long CostUpTo(LogIndex index)
    {
        if (count == 0 || index.Value < first)
        {
            return costBefore;
        }

        return costUpTo[Slot(Math.Min(index.Value, first + count - 1))];
    }

    private int Slot(long index) => (int)(index & (entries.Length - 1));

    private void Grow()
    {
        var oldEntries = entries;
        var oldCosts = costUpTo;
        entries = new Entry?[oldEntries.Length * 2];
        costUpTo = new long[oldEntries.Length * 2];
        for (var index = first; index < first + count; index++)
        {
            var old = (int)(index & (oldEntries.Length - 1));
            entries[Slot(index)] = oldEntries[old];
            costUpTo[Slot(index)] = oldCosts[old];
        }
    }
}
