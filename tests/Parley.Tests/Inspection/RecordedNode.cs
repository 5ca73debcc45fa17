using Parley.Core;
using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Raft.Storage;
using Parley.Server.Backup;
using Parley.Tests.Backup;
using Parley.Tests.Core;

namespace Parley.Tests.Inspection;

/// <summary>A stopped node's data directory as if it had always been there: what alice and bob did is in its log from
/// the first entry on, and all but the last two entries of that in its state.</summary>
internal sealed class RecordedNode : IDisposable
{
    public const string Words = "meet-me-at-the-lighthouse";

    /// <summary>Of the entries that a state has not applied.</summary>
    private const int Tail = 2;

    private const string Cluster = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";

    private static readonly NodeId Self = new(1);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-recorded-");
    private readonly List<CommittedEntry> entries;

    /// <param name="messages">How many alice sends.</param>
    /// <param name="segmentBytes">Of the log.</param>
    public RecordedNode(int messages = 12, int segmentBytes = 1 << 20)
    {
        using var chat = new TestChat();
        var (alice, bob) = (chat.Person("alice"), chat.Person("bob"));
        for (var number = 1; number <= messages; number++)
        {
            chat.Stored(alice, bob, $"{Words} {number}");
        }

        entries = chat.Log;
        (LastIndex, LastDigest) = (chat.State.AppliedIndex, chat.State.Digest.ToString());
        AppliedIndex = LastIndex - Tail;
        using var directory = PosixDataDirectory.Open(DataDirectory, Self, () => 7);
        directory.WriteStamp(directory.Stamp with
        {
            Stage = FormationStage.Formed,
            ClusterId = Cluster,
            Members = [new FoundingMember(Self, directory.Stamp.Incarnation, "127.0.0.1:7501")],
        });
        using var log = directory.OpenLog(OptionsOf(segmentBytes));
        foreach (var entry in entries)
        {
            log.Append(new HardState(new Term(1), Self), [BackedUpNode.ToEntry(entry)]);
            log.Sync();
        }

        Digest = Apply(AppliedIndex);
    }

    public string DataDirectory => PathOf("data");

    public long AppliedIndex { get; }

    /// <summary>The state's, at <see cref="AppliedIndex"/>.</summary>
    public string Digest { get; }

    public long LastIndex { get; }

    /// <summary>What the whole log comes to.</summary>
    public string LastDigest { get; }

    public string PathOf(string name) => Path.Combine(folder.FullName, name);

    /// <summary>Everything beside and in the data directory, with its length; but for what SQLite leaves there, empty,
    /// when somebody reads.</summary>
    public IReadOnlyList<string> Names() =>
    [
        .. folder.GetFiles("*", SearchOption.AllDirectories)
            .Where(file => file.Name is not ("lock" or "state.db-shm" or "state.db-wal"))
            .Select(file => $"{file.FullName} {file.Length}").Order(StringComparer.Ordinal),
    ];

    /// <summary>A backup of when the node had come to that entry.</summary>
    public string BackUpAt(long index)
    {
        var (now, then, path) = (PathOf("data/state.db"), PathOf("now.db"), PathOf($"{index}.backup"));
        File.Move(now, then);
        Apply(index);
        new BackupMaker(DataDirectory, TimeProvider.System).Write(path, isConfirmed: false, CancellationToken.None);
        File.Delete($"{now}-wal");
        File.Delete($"{now}-shm");
        File.Move(then, now, overwrite: true);
        return path;
    }

    /// <summary>The log begins later.</summary>
    /// <returns>The entry that it begins after.</returns>
    public long Cut(int segmentBytes)
    {
        using var directory = PosixDataDirectory.Open(DataDirectory, Self, () => 7);
        using var log = directory.OpenLog(OptionsOf(segmentBytes));
        log.CutTo(new LogIndex(AppliedIndex - 4));
        return log.Base.Index.Value;
    }

    /// <summary>The state is another than the log makes, and whole.</summary>
    public void FalsifyState()
    {
        File.Delete(PathOf("data/state.db"));
        using var chat = new TestChat(ChatState.Open(PathOf("data/state.db")));
        while (chat.State.AppliedIndex < AppliedIndex)
        {
            chat.Account($"carol{chat.State.AppliedIndex}");
        }

        chat.State.Checkpoint();
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static DurableLogOptions OptionsOf(int segmentBytes) => new() { SegmentBytes = segmentBytes };

    private string Apply(long last)
    {
        using var state = ChatState.Open(PathOf("data/state.db"));
        state.Apply([.. entries.Take((int)last)]);
        state.Checkpoint();
        return state.Digest.ToString();
    }
}
