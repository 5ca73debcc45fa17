using System.Globalization;
using System.Security.Cryptography;
using Parley.Core;
using Parley.Raft;
using Parley.Raft.Storage;

namespace Parley.Server.Consensus;

/// <summary>
/// The state file and the snapshots beside it. A snapshot has its final name only after it was synced; one that was
/// fetched waits under its name until the log begins at it, so that a start in between finds and finishes it.
/// </summary>
internal sealed class SnapshotFiles(string directory, IStorageDirectory files, TimeProvider time)
{
    public const string StateName = "state.db";
    private const string MadePrefix = "snapshot-";
    private const string FetchedPrefix = "incoming-";
    private const string UnfinishedSuffix = ".part";

    private const long RoomLeft = 8L << 20;

    private static readonly TimeSpan UseMax = TimeSpan.FromMinutes(5);

    /// <summary>What a snapshot's bytes are known by from when it was made until it was sent.</summary>
    public static readonly HashAlgorithmName Checksum = HashAlgorithmName.SHA256;

    private readonly Lock gate = new();
    private MadeSnapshot? made;
    private long usedAt;

    public string StatePath => Path.Combine(directory, StateName);

    /// <summary>The snapshot that other nodes fetch, or fetched lately: the log behind it shall stay.</summary>
    public SnapshotMark? InUse
    {
        get
        {
            lock (gate)
            {
                return made is not null && time.GetElapsedTime(usedAt) < UseMax ? made.Mark : null;
            }
        }
    }

    /// <summary>What must be free for a copy of a state of so many bytes to be begun: the copy, half of it again for
    /// what is applied while it is made, and something for the log. A copy that fills the disk takes their room.
    /// </summary>
    /// <remarks>Not the files' lengths: a write-ahead file stays as long as it ever was, and most of it is free.
    /// </remarks>
    public static long RoomForCopy(long stateBytes) => (stateBytes * 3 / 2) + RoomLeft;

    /// <summary>Free bytes of the file system.</summary>
    public long Room => new DriveInfo(directory).AvailableFreeSpace;

    /// <summary>What must be free for a download of so many bytes to be begun: them, and something for the log.
    /// </summary>
    public static long RoomForDownload(long bytes) => bytes + RoomLeft;

    /// <summary>Where a snapshot is written until it is whole.</summary>
    public string UnfinishedMadePath => Path.Combine(directory, MadePrefix + "new" + UnfinishedSuffix);

    /// <summary>Where a snapshot is downloaded to, again and again from where it ended.</summary>
    public string UnfinishedFetchedPath(LogIndex index, Term term) =>
        Path.Combine(directory, NameOf(FetchedPrefix, index, term) + UnfinishedSuffix);

    /// <summary>What was downloaded of other snapshots goes: nobody offers them any more.</summary>
    public void RemoveOtherDownloads(string path)
    {
        var kept = Path.GetFileName(path);
        foreach (var name in files.ListFiles().Where(name => IsDownload(name) && name != kept).ToList())
        {
            files.Delete(name);
        }
    }

    /// <summary>Opens what other nodes fetch; null when it is another one by now.</summary>
    public MadeSnapshot? FindMade(LogIndex index, Term term)
    {
        lock (gate)
        {
            if (made is null || made.Mark.Index != index || made.Mark.Term != term)
            {
                return null;
            }

            usedAt = time.GetTimestamp();
            return made;
        }
    }

    /// <summary>Syncs and names what was written at <see cref="UnfinishedMadePath"/> and verified; the one before goes.
    /// </summary>
    public void FinishMade(SnapshotMark mark, StateDigest digest)
    {
        var checksum = ChecksumOf(UnfinishedMadePath);
        var name = NameOf(MadePrefix, mark.Index, mark.Term);
        SyncAndName(Path.GetFileName(UnfinishedMadePath), name);
        MadeSnapshot? before;
        lock (gate)
        {
            before = made;
            made = new MadeSnapshot(Path.Combine(directory, name), mark, digest, checksum);
            usedAt = time.GetTimestamp();
        }

        if (before is not null && before.Mark != mark)
        {
            File.Delete(before.Path); // Somebody may have made room by hand.
        }
    }

    /// <summary>It is damaged: nobody is given it any more.</summary>
    /// <returns>False: nobody was, for another took its place, or somebody else dropped it.</returns>
    public bool Drop(MadeSnapshot damaged)
    {
        lock (gate)
        {
            if (!ReferenceEquals(made, damaged))
            {
                return false;
            }

            made = null;
        }

        try
        {
            // May be gone, if that is the damage.
            File.Delete(damaged.Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // On a disk that fails: it goes at the next start. That nobody is given it must be told all the same.
        }

        return true;
    }

    /// <summary>The snapshot before goes, when nobody has fetched it for some time: the next is wanted because the log
    /// has been cut above it, and may need its room.</summary>
    public void RemoveOutdated()
    {
        MadeSnapshot? outdated;
        lock (gate)
        {
            outdated = time.GetElapsedTime(usedAt) < UseMax ? null : made;
            made = outdated is null ? made : null;
        }

        if (outdated is not null)
        {
            File.Delete(outdated.Path);
        }
    }

    /// <summary>Syncs and names a whole and verified download: from now on the log may begin at it.</summary>
    public void FinishFetched(SnapshotMark mark)
    {
        var name = NameOf(FetchedPrefix, mark.Index, mark.Term);
        SyncAndName(name + UnfinishedSuffix, name);
    }

    public string FetchedPath(SnapshotMark mark) =>
        Path.Combine(directory, NameOf(FetchedPrefix, mark.Index, mark.Term));

    /// <summary>A whole download that the log shall not begin at any more.</summary>
    public void RemoveFetched(SnapshotMark mark)
    {
        if (HasFetched(mark))
        {
            files.Delete(NameOf(FetchedPrefix, mark.Index, mark.Term));
        }
    }

    public bool HasFetched(SnapshotMark mark) =>
        files.ListFiles().Contains(NameOf(FetchedPrefix, mark.Index, mark.Term));

    /// <summary>The fetched snapshot, verified by this process, becomes the state file, whose connections are closed.
    /// </summary>
    public ChatState PutInPlace(SnapshotMark mark)
    {
        // The old write-ahead file must be gone, durably, before another database takes the name it belongs to.
        foreach (var name in files.ListFiles().Where(name => name is StateName + "-wal" or StateName + "-shm").ToList())
        {
            files.Delete(name);
        }

        files.SyncDirectory();
        files.Rename(NameOf(FetchedPrefix, mark.Index, mark.Term), StateName);
        files.SyncDirectory();
        return ChatState.OpenVerified(StatePath);
    }

    /// <summary>At the start, when the log and the state fit: what is left of earlier snapshots goes.</summary>
    public void RemoveLeftovers()
    {
        foreach (var name in files.ListFiles().Where(IsSnapshot).ToList())
        {
            files.Delete(name);
        }
    }

    private static bool IsDownload(string name) =>
        name.StartsWith(FetchedPrefix, StringComparison.Ordinal)
        && name.EndsWith(UnfinishedSuffix, StringComparison.Ordinal);

    private static bool IsSnapshot(string name) =>
        name.StartsWith(MadePrefix, StringComparison.Ordinal)
        || name.StartsWith(FetchedPrefix, StringComparison.Ordinal);

    private static string NameOf(string prefix, LogIndex index, Term term) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}{index.Value}-{term.Value}.db");

    private static ReadOnlyMemory<byte> ChecksumOf(string path)
    {
        using var file = File.OpenRead(path);
        return CryptographicOperations.HashData(Checksum, file);
    }

    private void SyncAndName(string unfinished, string name)
    {
        using (var file = files.Open(unfinished))
        {
            file.Sync();
        }

        files.Rename(unfinished, name);
        files.SyncDirectory();
    }
}

/// <summary>A snapshot that other nodes may fetch.</summary>
internal sealed record MadeSnapshot(
    string Path, SnapshotMark Mark, StateDigest Digest, ReadOnlyMemory<byte> Checksum);
