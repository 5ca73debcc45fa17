namespace Parley.Raft.Storage;

/// <summary>
/// Looks into a log's files as they are, whether its node runs or not: locks nothing, repairs nothing, writes nothing.
/// Beside a writer it sees whole batches, the last of which may not be synced yet.
/// </summary>
internal static class PosixLogInspection
{
    /// <summary>Called for every record in the order of the files: an entry that replaces another comes later.
    /// </summary>
    public delegate void RecordVisitor(LogPlace place, LogRecordView record, ReadOnlySpan<byte> body);

    /// <summary>Visits everything in the folder of the segments.</summary>
    /// <exception cref="LogDamagedException">Something before the last batch is bad; what comes before it was visited.
    /// </exception>
    /// <exception cref="StorageFailedException">A file cannot be read.</exception>
    public static void Visit(string folder, RecordVisitor visit)
    {
        var files = Open(folder);
        try
        {
            var scanners = files.Select(item => new SegmentScanner(item.File, item.Number)).ToList();
            for (var i = 0; i < files.Count; i++)
            {
                var number = files[i].Number;
                SegmentScanner.RecordVisitor tell = (record, body, offset) =>
                    visit(new LogPlace(number, offset), record, body);
                if (i + 1 < files.Count)
                {
                    scanners[i].ScanTo(scanners[i + 1].Header, tell);
                }
                else
                {
                    scanners[i].ScanWhole(tell);
                }
            }
        }
        finally
        {
            files.ForEach(item => item.File.Dispose());
        }
    }

    /// <summary>Opens all of them first: a cut meanwhile takes their names, not what was opened. One that went away
    /// while this looked takes those before it along.</summary>
    private static List<(long Number, PosixStorageFile File)> Open(string folder)
    {
        var opened = new List<(long, PosixStorageFile)>();
        var names = Directory.GetFiles(folder).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (Segment.NumberOf(name) is not { } number)
            {
                continue;
            }

            var path = Path.Combine(folder, name);
            try
            {
                opened.Add((number, new PosixStorageFile(PosixCalls.Open(path, PosixCalls.ReadOnly), path)));
            }
            catch (StorageFailedException) when (!File.Exists(path))
            {
                opened.ForEach(item => item.Item2.Dispose());
                opened.Clear();
            }
        }

        return opened;
    }
}

/// <summary>Where a record begins.</summary>
internal readonly record struct LogPlace(long Segment, int Offset)
{
    public override string ToString() => $"{Storage.Segment.NameOf(Segment)}+{Offset}";
}
