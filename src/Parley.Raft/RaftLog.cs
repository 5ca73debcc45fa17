using System.Runtime.InteropServices;

namespace Parley.Raft;

/// <summary>
/// The log as RaftCore sees it: the stored log and, over its end, the recent entries in memory. Everything that is not
/// known to be synced is in memory; the stored log is asked only for what comes before.
/// </summary>
internal sealed class RaftLog
{
    private readonly IStoredLog stored;
    private readonly long recentBytesMax;
    private readonly EntryRing recent;
    private readonly List<Handout> handouts = [];

    // Those that were in the log at the start, and since; the base has what ruled before them.
    private readonly List<(LogIndex Index, Membership Membership)> memberships;

    public RaftLog(IStoredLog stored, long recentBytesMax)
    {
        this.stored = stored;
        this.recentBytesMax = recentBytesMax;
        Last = stored.LastIndex;
        Persisted = Last;
        HandedOut = Last;
        memberships = [.. stored.Memberships];
        recent = new EntryRing(Last.Next);
        (LastTerm, LastTimeUs) = ReadStampAt(Last);
    }

    public LogIndex Last { get; private set; }

    public Term LastTerm { get; private set; }

    public long LastTimeUs { get; private set; }

    /// <summary>The log is synced up to here.</summary>
    public LogIndex Persisted { get; private set; }

    /// <summary>The log was given out to be written up to here.</summary>
    public LogIndex HandedOut { get; private set; }

    /// <summary>What comes before the first stored entry; moves up when the caller cuts the log.</summary>
    public LogIndex Base => stored.Base.Index;

    /// <summary>Whether entries from here on are in memory.</summary>
    public bool IsRecent(LogIndex index) => index >= recent.First;

    /// <summary>Bytes of the entries after this one, as far as they are in memory.</summary>
    public long BytesAfter(LogIndex index) => recent.CostBetween(index, Last);

    /// <summary>The term of an entry, or of the base; null when it is compacted or beyond the end.</summary>
    public Term? FindTerm(LogIndex index)
    {
        if (index >= Last)
        {
            return index == Last ? LastTerm : null;
        }

        return index >= recent.First ? recent[index].Term : stored.FindTerm(index);
    }

    /// <summary>Entries from <paramref name="first"/> on, at least one unless compacted, within the bounds.</summary>
    public IReadOnlyList<Entry> Read(LogIndex first, LogIndex last, int entriesMax, int bytesMax)
    {
        Invariant.Holds(first <= last && last <= Last);
        if (first < recent.First)
        {
            var end = Math.Min(Math.Min(last.Value, recent.First.Value - 1), first.Value + entriesMax - 1);
            return stored.ReadEntries(first, new LogIndex(end), bytesMax);
        }

        var before = first.Previous;
        var low = 1;
        var high = (int)Math.Min(last.Value - before.Value, entriesMax);
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if (recent.CostBetween(before, new LogIndex(before.Value + middle)) <= bytesMax)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return Copy(first, low);
    }

    public void Append(Entry entry)
    {
        Invariant.Holds(entry.Index == Last.Next);
        Invariant.Holds(entry.Term >= LastTerm);
        Invariant.Holds(entry.TimeUs >= LastTimeUs);
        recent.Append(entry);
        Last = entry.Index;
        LastTerm = entry.Term;
        LastTimeUs = entry.TimeUs;
        if (entry.Kind == EntryKind.Membership)
        {
            memberships.Add((entry.Index, MembershipCodec.Decode(entry.Payload.Span)));
        }
    }

    /// <summary>Removes the entry at <paramref name="index"/> and all after it: only ever at a conflict (dissertation
    /// §3.5). What is being written of them no longer counts when it is synced.</summary>
    public void TruncateFrom(LogIndex index)
    {
        Invariant.Holds(index > Base && index <= Last);
        var previous = index.Previous;
        (LastTerm, LastTimeUs) = ReadStampAt(previous);
        recent.TruncateFrom(index);
        memberships.RemoveAll(change => change.Index >= index);
        Last = previous;
        Persisted = LogIndex.Min(Persisted, previous);
        HandedOut = LogIndex.Min(HandedOut, previous);
        foreach (ref var handout in CollectionsMarshal.AsSpan(handouts))
        {
            handout.Good = LogIndex.Min(handout.Good, previous);
        }
    }

    /// <summary>The entries not yet given out to be written.</summary>
    public IReadOnlyList<Entry> TakeUnwritten()
    {
        if (HandedOut == Last)
        {
            return [];
        }

        var entries = Copy(HandedOut.Next, (int)(Last.Value - HandedOut.Value));
        HandedOut = Last;
        handouts.Add(new Handout { Last = Last, Term = LastTerm, Good = Last });
        return entries;
    }

    /// <summary>The hand-out that ended with this pair is synced, and so are those before it. Looking the pair up among
    /// the hand-outs, oldest first, and not in the log: an entry that was replaced and came back (of a third leader) is
    /// being written again, and its first sync says nothing about its second.</summary>
    /// <returns>Whether <see cref="Persisted"/> advanced.</returns>
    public bool MarkPersisted(LogIndex index, Term term)
    {
        for (var i = 0; i < handouts.Count; i++)
        {
            if (handouts[i].Last != index || handouts[i].Term != term)
            {
                continue;
            }

            var good = handouts[i].Good;
            handouts.RemoveRange(0, i + 1);
            if (good <= Persisted)
            {
                return false;
            }

            Invariant.Holds(good <= HandedOut);
            Persisted = good;
            return true;
        }

        return false;
    }

    /// <summary>Forgets recent entries beyond the bound, oldest first, that are applied and synced; and which members
    /// there were before those at the applied index.</summary>
    public void Trim(LogIndex applied)
    {
        while (memberships.Count > 1 && memberships[1].Index <= applied)
        {
            memberships.RemoveAt(0);
        }

        var end = LogIndex.Min(applied, Persisted);
        while (recent.Cost > recentBytesMax && recent.First <= end)
        {
            recent.DropFirst();
        }
    }

    /// <summary>The stored log now begins at a snapshot. What goes beyond it stays only if it matches there; where that
    /// is not in memory, the stored log has compared, and tells by what it kept.</summary>
    /// <param name="mark">Where it begins.</param>
    /// <param name="isCommitted">The entry there is committed in this log, and so the same.</param>
    /// <returns>Whether what goes beyond it stayed.</returns>
    public bool BeginAt(SnapshotMark mark, bool isCommitted)
    {
        var isStored = mark.Index < recent.First && stored.LastIndex > mark.Index;
        var isRecent = mark.Index >= recent.First && mark.Index <= Last && recent[mark.Index].Term == mark.Term;
        var isKept = isCommitted || isStored || isRecent;
        memberships.RemoveAll(change => change.Index <= mark.Index || !isKept);
        memberships.Insert(0, (mark.Index, mark.Membership));
        if (isKept)
        {
            while (recent.First <= LogIndex.Min(mark.Index, recent.Last))
            {
                recent.DropFirst();
            }

            HandedOut = LogIndex.Max(HandedOut, mark.Index);
            Persisted = LogIndex.Max(Persisted, mark.Index);
            return true;
        }

        recent.Reset(mark.Index.Next);
        Last = mark.Index;
        LastTerm = mark.Term;
        LastTimeUs = mark.TimeUs;
        HandedOut = mark.Index;
        Persisted = mark.Index;
        foreach (ref var handout in CollectionsMarshal.AsSpan(handouts))
        {
            handout.Good = LogIndex.Min(handout.Good, mark.Index);
        }

        return false;
    }

    /// <summary>Where the newest membership stands; null: it ruled before this log.</summary>
    public LogIndex? LastMembershipIndex => memberships.Count == 0 ? null : memberships[^1].Index;

    /// <summary>The membership in force at an entry, not before what is applied: the newest up to it (dissertation
    /// §4.1: a server uses the latest configuration in its log).</summary>
    public Membership MembershipAt(LogIndex index)
    {
        var at = memberships.FindLastIndex(change => change.Index <= index);
        return at < 0 ? stored.Base.Membership : memberships[at].Membership;
    }

    private (Term Term, long TimeUs) ReadStampAt(LogIndex index)
    {
        if (index >= recent.First && index <= recent.Last)
        {
            return (recent[index].Term, recent[index].TimeUs);
        }

        var mark = stored.Base;
        if (index <= mark.Index)
        {
            Invariant.Holds(index == mark.Index);
            return (mark.Term, mark.TimeUs);
        }

        var entries = stored.ReadEntries(index, index, 1);
        Invariant.Holds(entries.Count == 1 && entries[0].Index == index);
        return (entries[0].Term, entries[0].TimeUs);
    }

    private Entry[] Copy(LogIndex first, int count)
    {
        var entries = new Entry[count];
        for (var i = 0; i < count; i++)
        {
            entries[i] = recent[new LogIndex(first.Value + i)];
        }

        return entries;
    }

    /// <summary>Entries given out to be written; <see cref="Good"/> is how far they still stand in the log.</summary>
    private struct Handout
    {
        public required LogIndex Last { get; init; }

        public required Term Term { get; init; }

        public LogIndex Good { get; set; }
    }
}
