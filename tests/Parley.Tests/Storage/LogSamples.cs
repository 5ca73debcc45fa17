using System.Text;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Simulation.Disk;

namespace Parley.Tests.Storage;

/// <summary>Entries, marks and logs for the tests of the log.</summary>
internal static class LogSamples
{
    public static readonly Membership Founders = new()
    {
        Members =
        [
            new Member(new NodeId(1), true, 0xA1, "127.0.0.1:7501"),
            new Member(new NodeId(2), true, 0xB2, "127.0.0.1:7502"),
            new Member(new NodeId(3), true, 0xC3, "127.0.0.1:7503"),
        ],
    };

    public static readonly SnapshotMark Begin = MarkOf(0, 0);

    public static readonly DurableLogOptions Small = new() { SegmentBytes = 8 << 10 };

    public static SnapshotMark MarkOf(long index, long term) => new()
    {
        Index = new LogIndex(index),
        Term = new Term(term),
        TimeUs = index * 1000,
        Membership = Founders,
    };

    public static Entry EntryOf(long index, long term, string text) => new()
    {
        Index = new LogIndex(index),
        Term = new Term(term),
        Kind = EntryKind.Command,
        TimeUs = index * 1000,
        Payload = Encoding.UTF8.GetBytes(text),
    };

    public static Entry EntryOf(long index, long term, Membership membership) => new()
    {
        Index = new LogIndex(index),
        Term = new Term(term),
        Kind = EntryKind.Membership,
        TimeUs = index * 1000,
        Payload = MembershipCodec.Encode(membership),
    };

    public static Entry[] EntriesOf(long first, long last, long term, int payloadBytes = 40) =>
        [.. Enumerable.Range((int)first, (int)(last - first + 1))
            .Select(i => EntryOf(i, term, new string((char)('a' + (i % 26)), payloadBytes)))];

    public static DurableLog OpenLog(SimulatedDirectory disk, DurableLogOptions? options = null) =>
        DurableLog.Open(disk, options ?? Small, Begin);

    public static void AppendSynced(this DurableLog log, params Entry[] entries)
    {
        log.Append(null, entries);
        log.Sync();
    }

    public static IReadOnlyList<Entry> ReadAll(this DurableLog log) =>
        log.ReadEntries(log.Base.Index.Next, log.LastIndex, int.MaxValue);

    /// <summary>All that a log promises, as one line.</summary>
    public static string Describe(this DurableLog log)
    {
        var text = new StringBuilder();
        text.Append(Describe(log.Base)).Append(" vote ").Append(log.HardState);
        foreach (var entry in log.ReadAll())
        {
            text.Append(' ').Append(Describe(entry));
        }

        return text.ToString();
    }

    public static string Describe(Entry entry) =>
        $"{entry.Index}{entry.Term}/{entry.Kind}/{entry.TimeUs}/{Convert.ToHexString(entry.Payload.Span)}";

    public static string Describe(SnapshotMark mark) =>
        $"base {mark.Index}{mark.Term}/{mark.TimeUs}/{Convert.ToHexString(MembershipCodec.Encode(mark.Membership))}";
}
