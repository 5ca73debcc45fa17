namespace Parley.Raft.Storage;

/// <summary>Reading back, on any thread.</summary>
internal sealed partial class DurableLog
{
    private const int EntriesPerReadMax = 65_536;

    public Term? FindTerm(LogIndex index)
    {
        lock (gate)
        {
            return state.FindTerm(index);
        }
    }

    /// <inheritdoc/>
    /// <remarks>At most 65,536 entries at once. They are read as they stand when the call begins.</remarks>
    /// <exception cref="LogDamagedException">The disk does not give back what was written.</exception>
    public IReadOnlyList<Entry> ReadEntries(LogIndex first, LogIndex last, int bytesMax)
    {
        var segments = new List<Segment>();
        try
        {
            var places = CopyPlaces(first, last, segments);
            return ReadEntries(first, places, segments, bytesMax);
        }
        finally
        {
            lock (gate)
            {
                segments.ForEach(LogFiles.GiveBack);
            }
        }
    }

    /// <summary>Holds the segments so that a cut meanwhile does not close them.</summary>
    private ulong[] CopyPlaces(LogIndex first, LogIndex last, List<Segment> segments)
    {
        lock (gate)
        {
            last = LogIndex.Min(last, state.LastIndex);
            if (first <= state.Entries.Base || first > last)
            {
                return [];
            }

            var places = new ulong[Math.Min(EntriesPerReadMax, last.Value - first.Value + 1)];
            state.Entries.CopyPlaces(first, places);
            var from = new EntryPlace(places[0]).Segment;
            var to = new EntryPlace(places[^1]).Segment;
            for (var number = from; number <= to; number++)
            {
                segments.Add(files.Find(number));
            }

            return places;
        }
    }

    private static List<Entry> ReadEntries(
        LogIndex first, ulong[] places, List<Segment> segments, int bytesMax)
    {
        var entries = new List<Entry>();
        using var reader = new EntryReader();
        long bytes = 0;
        for (var i = 0; i < places.Length; i++)
        {
            var place = new EntryPlace(places[i]);
            var segment = segments[(int)(place.Segment - segments[0].Number)];
            var entry = reader.Read(segment, place.Offset, new LogIndex(first.Value + i));
            bytes += entry.Payload.Length;
            if (i > 0 && bytes > bytesMax)
            {
                break;
            }

            entries.Add(entry);
        }

        return entries;
    }
}
