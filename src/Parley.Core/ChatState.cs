using Google.Protobuf;
using Parley.Core.Commands;
using Parley.Core.Delivery;
using Parley.Core.Facts;
using Parley.Core.Log.V1;
using Parley.Core.Storage;

namespace Parley.Core;

/// <summary>
/// The replicated state of the chat: a deterministic function of the log, in one SQLite file. One applier thread calls
/// everything here but <see cref="Directory"/>, <see cref="OpenReader"/> and <see cref="WriteSnapshot"/>, which any
/// thread may use (a state in memory is for one thread altogether, its readers included).
/// </summary>
internal sealed partial class ChatState : IDisposable
{
    /// <summary>The highest state version this program knows.</summary>
    public const int StateVersionMax = StateVersions.Newest;

    /// <summary>The newest format of state files that this program reads.</summary>
    public const int FileFormatMax = Schema.FormatVersion;

    private readonly Database database;
    private readonly SqliteChatFacts facts;
    private readonly DeliveryFeeds feeds = new();

    // Where the search for something to purge goes on; shared by all readers.
    private readonly PurgeSearch purgeSearch = new();
    private readonly string path;
    private ChatReader? readerInMemory;
    private bool isBroken;

    private ChatState(Database database, string path)
    {
        this.database = database;
        this.path = path;
        facts = new SqliteChatFacts(database);
        Directory.Load(facts);
        PendingDeliveries.Load(database, feeds);
    }

    public long AppliedIndex => facts.AppliedIndex;

    public long AppliedTerm => facts.AppliedTerm;

    /// <summary>Log time of the last entry applied, microseconds since 1970-01-01T00:00:00Z.</summary>
    public long LastTimeUs => facts.LastTimeUs;

    /// <summary>The state version in force, from 1.</summary>
    public int StateVersion => facts.StateVersion;

    /// <summary>Of all up to <see cref="AppliedIndex"/>; equal on all nodes at equal index and version.</summary>
    public StateDigest Digest => facts.Digest;

    /// <summary>Accounts and live sessions as of the last COMMIT; thread-safe, in memory.</summary>
    public ChatDirectory Directory { get; } = new();

    private bool IsInMemory => path.Length == 0;

    /// <summary>
    /// Applies entries in order (the first is <see cref="AppliedIndex"/> + 1; earlier ones are skipped without effect)
    /// in one transaction holding effects, outcomes and applied index.
    /// </summary>
    /// <exception cref="UnknownStateVersionException">An entry needs a version this program does not know, or is no
    /// command to it; everything before it was applied.</exception>
    /// <exception cref="StateStorageException">The transaction failed: the process must end.</exception>
    public ApplyResult Apply(IReadOnlyList<CommittedEntry> entries)
    {
        Invariant.Holds(!isBroken);
        isBroken = true;
        var commands = new List<AppliedCommand>(entries.Count);
        facts.Begin();
        string? unknown = null;
        foreach (var entry in entries)
        {
            if (entry.Index <= AppliedIndex)
            {
                continue;
            }

            unknown = Apply(entry, commands);
            if (unknown is not null)
            {
                break;
            }
        }

        facts.Commit();
        isBroken = false;
        var result = Publish(commands);
        return unknown is null ? result : throw new UnknownStateVersionException(unknown);
    }

    /// <summary>A reader with a connection of its own; one thread at a time; rent and return them.</summary>
    public ChatReader OpenReader() => IsInMemory
        ? readerInMemory ??= new ChatReader(database, ownsDatabase: false, feeds, purgeSearch)
        : new ChatReader(Database.OpenForReading(path), ownsDatabase: true, feeds, purgeSearch);

    public void Dispose() => database.Dispose();

    /// <summary>Applies one entry; what is unknown about it, if anything, and then it was not applied.</summary>
    private string? Apply(in CommittedEntry entry, List<AppliedCommand> commands)
    {
        Invariant.Holds(entry.Index == AppliedIndex + 1);
        Invariant.Holds(entry.Term >= AppliedTerm);
        Invariant.Holds(entry.TimeUs >= LastTimeUs);
        if (!entry.Payload.IsEmpty)
        {
            if (FindCommand(entry) is not { } command)
            {
                return $"entry {entry.Index} holds bytes that are no command: a node that led had a fault, or this "
                    + "program is another. Everything before it is applied. What to do: keep the data directory for a "
                    + "look and report it; the node stops here at each start";
            }

            if (FindUnknown(command, entry.Index) is { } unknown)
            {
                return unknown;
            }

            Invariant.Holds(command.StateVersion >= 1 && command.StateVersion <= StateVersion);
            Invariant.Holds(CommandRules.VersionOf(command) <= StateVersion);

            // Rows say "not ended" with 0, so no log time is smaller than 1.
            var stamp = new EntryStamp(entry.Index, Math.Max(entry.TimeUs, 1));
            var outcome = CommandRules.Decide(command, stamp, facts);
            var tag = command.Tag ?? new ProposalTag();
            commands.Add(new AppliedCommand(entry.Index, tag.Node, tag.StartNonce, tag.Number, outcome));
        }

        facts.MoveApplied(entry);
        return null;
    }

    private static LoggedCommand? FindCommand(in CommittedEntry entry)
    {
        try
        {
            return LoggedCommand.Parser.ParseFrom(entry.Payload.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            return null; // An IOException to its base type: by that it would be taken for a failure of the disk.
        }
    }

    private static string? FindUnknown(LoggedCommand command, long index)
    {
        var needed = command.CommandCase == LoggedCommand.CommandOneofCase.RaiseVersion
            ? Math.Max(command.StateVersion, command.RaiseVersion.StateVersion)
            : command.StateVersion;
        if (needed > StateVersionMax)
        {
            return $"entry {index} needs state version {needed}, this program knows up to {StateVersionMax}; "
                + "start this node with a newer program";
        }

        return CommandRules.Knows(command)
            ? null
            : $"entry {index} holds a command this program does not know; start this node with a newer program";
    }

    private ApplyResult Publish(List<AppliedCommand> commands)
    {
        var news = facts.News;
        Directory.Publish(news, facts);
        feeds.Publish(news.Changes);
        foreach (var account in news.DeletedAccounts)
        {
            feeds.Remove(account);
        }

        return new ApplyResult
        {
            AppliedIndex = AppliedIndex,
            Commands = commands,
            AccountsToRing = news.AccountsToRing,
            EndedSessions = news.EndedSessions,
            OpenedStreams = news.OpenedStreams,
            DroppedMessages = news.DroppedMessages,
        };
    }
}

/// <summary>What a snapshot file holds.</summary>
internal sealed record SnapshotFacts(
    long AppliedIndex, long AppliedTerm, long LastTimeUs, int StateVersion, StateDigest Digest);

/// <summary>A sum of row hashes: equal states have equal digests.</summary>
internal readonly record struct StateDigest(UInt128 Value)
{
    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The state file cannot be used: the node must be replaced or restored.</summary>
internal sealed class StateDamagedException(string found) : Exception(
    $"{found}. What to do: keep the data directory for a look, start the node with an empty one, and replace the node")
{
    /// <summary>What is wrong, without what to do.</summary>
    public string Found { get; } = found;
}

/// <summary>SQLite could not write or read (disk full, I/O error): the process must end, replay repairs.</summary>
internal sealed class StateStorageException(string message) : Exception(message);

/// <summary>An entry or a whole state needs a newer program, or an entry is no command at all; the node stops before
/// it.</summary>
internal sealed class UnknownStateVersionException(string message) : Exception(message);
