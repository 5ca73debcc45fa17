using System.Globalization;
using Google.Protobuf;
using Parley.Raft;
using Parley.Raft.Storage;

namespace Parley.Server.Inspection;

/// <summary>What to show of a log.</summary>
/// <param name="From">The first log index.</param>
/// <param name="To">The last one.</param>
/// <param name="ShowTexts">Message texts too.</param>
/// <param name="OnlyKinds">Of commands nothing but their kind and length.</param>
internal sealed record LogDumpOptions(long From, long To, bool ShowTexts, bool OnlyKinds = false);

/// <summary>Shows the records of a node's log as lines, in the order they were written.</summary>
internal sealed class LogDump(LogDumpOptions options, Action<string> write)
{
    /// <summary>Writes a line a record; disturbs no node that runs on the directory.</summary>
    /// <exception cref="DataDirectoryRefusedException">There is no log.</exception>
    /// <exception cref="LogDamagedException">It is damaged; what comes before the damage was written.</exception>
    public void Run(string dataDirectory) => PosixLogInspection.Visit(FolderOf(dataDirectory), Show);

    /// <summary>Where the segments of a node's log are.</summary>
    /// <exception cref="DataDirectoryRefusedException">There is no log.</exception>
    public static string FolderOf(string dataDirectory)
    {
        var folder = PosixDataDirectory.LogFolderOf(dataDirectory);
        return Directory.Exists(folder)
            ? folder
            : throw new DataDirectoryRefusedException(
                $"{dataDirectory}: a node's data directory expected, no log found in it; give the folder that the "
                + "node has as --data");
    }

    /// <summary>Writes the line of one record.</summary>
    public void Show(LogPlace place, LogRecordView record, ReadOnlySpan<byte> body)
    {
        switch (record.Type)
        {
            case LogRecordType.Entry:
                ShowEntry(place, record.Kind, body);
                break;
            case LogRecordType.HardState:
                var hard = LogRecord.ReadHardState(body);
                write(Say($"term {hard.Term.Value}, voted for {hard.VotedFor.Value}  {place}"));
                break;
            case LogRecordType.Base:
                var change = BaseChange.Decode(body);
                write(Say($"the log begins after {change.Mark.Index} from here on  {place}"));
                break;
            default:
                break; // Headers and ends of files.
        }
    }

    private void ShowEntry(LogPlace place, EntryKind kind, ReadOnlySpan<byte> body)
    {
        var entry = LogRecord.ReadEntryFacts(kind, body);
        if (entry.Index.Value < options.From || entry.Index.Value > options.To)
        {
            return;
        }

        var time = DateTimeOffset.UnixEpoch.AddMicroseconds(entry.TimeUs);
        var payload = body[LogRecord.EntryFixedBytes..];
        write(
            Say($"{entry.Index}  term {entry.Term.Value}  {time:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}  {place}  ")
            + Describe(kind, payload));
    }

    private string Describe(EntryKind kind, ReadOnlySpan<byte> payload)
    {
        switch (kind)
        {
            case EntryKind.NoOp:
                return "no-op";
            case EntryKind.Membership:
                var members = MembershipCodec.Decode(payload).Members.Select(member =>
                    Say($"{member.Id.Value}={member.Address}{(member.IsVoter ? "" : " (learner)")}"));
                return $"members {string.Join(',', members)}";
            case EntryKind.Command:
                try
                {
                    return options.OnlyKinds
                        ? Say($"{CommandText.KindOf(payload)}, {payload.Length} bytes")
                        : CommandText.Of(payload, options.ShowTexts);
                }
                catch (InvalidProtocolBufferException)
                {
                    return Say($"a command of {payload.Length} bytes that this program cannot read");
                }

            default:
                return Say($"an entry of the unknown kind {(byte)kind}, {payload.Length} bytes");
        }
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
