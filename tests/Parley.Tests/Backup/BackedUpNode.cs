using Parley.Core;
using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Server.Backup;
using Parley.Tests.Core;

namespace Parley.Tests.Backup;

/// <summary>A stopped node's data directory with people, a room and messages in it; and a backup of it.</summary>
internal sealed class BackedUpNode : IDisposable
{
    public static readonly FirstMember Self = new(1, "127.0.0.1:7501");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-backup-");

    public BackedUpNode()
    {
        using var chat = new TestChat();
        Talk(chat);
        var seed = PathOf("seed.db");
        chat.State.WriteSnapshot(seed);
        Cluster = new ClusterOfOne(DataDirectory, Self).Found(path => File.Move(seed, path));
        using (var later = new TestChat(ChatState.Open(StatePath)))
        {
            later.Pass(TimeSpan.FromDays(1));
            Login(later, 1);
        }

        using var maker = ChatState.Open(StatePath);
        Digest = maker.Digest.ToString();
        AppliedIndex = maker.AppliedIndex;
        maker.Checkpoint();
    }

    public FoundedCluster Cluster { get; }

    public string Digest { get; }

    public long AppliedIndex { get; }

    public string DataDirectory => PathOf("data");

    public string File1 => PathOf("chat.backup");

    private string StatePath => Path.Combine(DataDirectory, "state.db");

    public string PathOf(string name) => Path.Combine(folder.FullName, name);

    public BackupManifest Write() =>
        new BackupMaker(DataDirectory, TimeProvider.System).Write(File1, isConfirmed: false, CancellationToken.None);

    public NodeStamp StampOf(string directory) => NodeStamps.Read(PathOf(directory));

    /// <summary>Nothing is left in it that a node would take for its own, or that was in the backup.</summary>
    public bool IsEmpty(string directory) => !Directory.Exists(PathOf(directory))
        || Directory.GetFileSystemEntries(PathOf(directory)).All(path => Path.GetFileName(path) == "lock");

    /// <summary>No scratch folder is left beside the files.</summary>
    public IReadOnlyList<string> Names() =>
        [.. folder.GetFileSystemInfos().Select(info => info.Name).Order(StringComparer.Ordinal)];

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>With a token that nobody had before: a chat that begins anew counts its own from the first.</summary>
    public static Person Login(TestChat chat, long account)
    {
        var token = TestChat.Token(1_000 + (int)chat.State.AppliedIndex);
        var login = Assert.IsType<Outcome.LoggedIn>(chat.Apply(Commands.Login(account, token)));
        return new Person(chat.State.Directory.FindAccount(account)!.Name, account, login.Session, login.Client);
    }

    /// <summary>As the log has it.</summary>
    public static Entry ToEntry(CommittedEntry entry) => new()
    {
        Index = new LogIndex(entry.Index),
        Term = new Term(entry.Term),
        Kind = EntryKind.Command,
        TimeUs = entry.TimeUs,
        Payload = entry.Payload,
    };

    /// <summary>Alice has sent bob two messages and one to a room, bob has answered, carol has left.</summary>
    public static void Talk(TestChat chat)
    {
        var (alice, bob, carol) = (chat.Person("alice"), chat.Person("bob"), chat.Person("carol"));
        chat.Stored(alice, bob, "the tide is in");
        chat.Stored(bob, alice, "and \"out\" again\nsoon");
        chat.Stored(alice, bob, "naïve café ☕");
        chat.Say(alice, chat.Room(alice, "ops"), "all calm");
        chat.Acknowledge(bob, 1, 2);
        chat.Apply(Commands.DeleteAccount(carol));
    }
}
