using System.Globalization;
using System.Text;
using Parley.Raft.Formation;

namespace Parley.Raft.Storage;

/// <summary>
/// A node's data directory: 0700, locked by one process, stamped with whose it is. First start and a wiped disk do not
/// look the same: a directory that has a log or a state but no stamp is refused, and so is a stamp that knows of a log
/// that is gone. One thread at a time.
/// </summary>
internal sealed partial class PosixDataDirectory : IDisposable
{
    private const string LockName = "lock";
    private const string LogName = "log";

    private static readonly string[] ForeignNames = ["lost+found"];

    private readonly PosixStorageFile lockFile;
    private readonly StampFile stampFile;

    private PosixDataDirectory(string path, PosixStorageFile lockFile, StampFile stampFile, NodeStamp stamp)
    {
        Path = path;
        this.lockFile = lockFile;
        this.stampFile = stampFile;
        Stamp = stamp;
    }

    public string Path { get; }

    /// <summary>As synced.</summary>
    public NodeStamp Stamp { get; private set; }

    /// <summary>Where a data directory keeps its log.</summary>
    public static string LogFolderOf(string path) => System.IO.Path.Combine(path, LogName);

    /// <summary>Creates or opens, locks, reads or creates the stamp (synced).</summary>
    /// <exception cref="DataDirectoryRefusedException">Locked, of another node, damaged, wiped or open to others; the
    /// text says what to do; exit code 10.</exception>
    public static PosixDataDirectory Open(string path, NodeId self, Func<ulong> drawIncarnation)
    {
        var files = OpenFiles(path);
        RefuseOthersAccess(path);
        var locked = Lock(path);
        try
        {
            var stamps = new StampFile(files);
            var stamp = FindStamp(path, stamps) ?? CreateStamp(path, stamps, self, drawIncarnation);
            return stamp.Self == self
                ? new PosixDataDirectory(path, locked, stamps, stamp)
                : throw Refused(path, $"it belongs to node {stamp.Self.Value}, this is node {self.Value}. "
                    + "What to do: give each node its own directory (--data)");
        }
        catch
        {
            locked.Dispose();
            throw;
        }
    }

    /// <summary>Syncs another stamp of the same node and incarnation in the place of the old one.</summary>
    /// <exception cref="StorageFailedException">It failed: the process must end.</exception>
    public void WriteStamp(NodeStamp stamp)
    {
        Invariant.Holds(stamp.Self == Stamp.Self && stamp.Incarnation == Stamp.Incarnation);
        var merged = stamp with { HasLog = stamp.HasLog || Stamp.HasLog };
        stampFile.Write(merged);
        Stamp = merged;
    }

    /// <summary>Opens the log of a formed node; creates it at the first time, and never again.</summary>
    /// <exception cref="DataDirectoryRefusedException">There was a log and it is gone.</exception>
    /// <exception cref="LogDamagedException">It is damaged.</exception>
    public DurableLog OpenLog(DurableLogOptions options)
    {
        Invariant.Holds(Stamp.Stage == FormationStage.Formed);
        var files = new PosixStorageDirectory(LogFolderOf(Path));
        if (Stamp.HasLog && !files.ListFiles().Any(name => Segment.NumberOf(name) is not null))
        {
            throw Refused(Path, "its log is gone, and with it what this node had promised. What to do: keep the "
                + "directory for a look, start the node with an empty one, and replace the node in the cluster: "
                + $"parley cluster replace --id {Stamp.Self.Value}");
        }

        var log = DurableLog.Open(files, options, Stamp.InitialMark());
        if (!Stamp.HasLog)
        {
            WriteStamp(Stamp with { HasLog = true });
        }

        return log;
    }

    public void Dispose() => lockFile.Dispose();

    private static PosixStorageDirectory OpenFiles(string path)
    {
        try
        {
            return new PosixStorageDirectory(path);
        }
        catch (StorageFailedException e)
        {
            throw Refused(path, $"it cannot be created or opened ({e.Message}). What to do: give a directory that "
                + "this user may write to (--data)");
        }
    }

    private static void RefuseOthersAccess(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        var mode = File.GetUnixFileMode(path);
        if ((mode & Others) != UnixFileMode.None)
        {
            throw Refused(path, "0700 expected, but group or others have access "
                + $"({Convert.ToString((int)mode, toBase: 8)}). What to do: chmod 700 {path}");
        }
    }

    private static PosixStorageFile Lock(string path)
    {
        var lockPath = System.IO.Path.Combine(path, LockName);
        PosixStorageFile? file = null;
        try
        {
            file = new PosixStorageFile(
                PosixCalls.Open(lockPath, PosixCalls.ReadWrite | PosixCalls.CreateOrOpen), lockPath);
            if (file.TryLock())
            {
                // Padded, for a longer number may have stood there.
                var pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture).PadRight(10);
                file.Write(0, Encoding.ASCII.GetBytes(pid + "\n"));
                return file;
            }

            var holder = new byte[16];
            var length = file.Read(0, holder);
            var holderText = Encoding.ASCII.GetString(holder, 0, length).Trim();
            throw Refused(path, $"locked by pid {holderText}. What to do: stop that process, or give this one its own "
                + "directory (--data)");
        }
        catch (StorageFailedException e)
        {
            file?.Dispose();
            throw Refused(path, $"it cannot be locked ({e.Message}). What to do: give a directory that this user may "
                + "write to (--data)");
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    private static NodeStamp CreateStamp(string path, StampFile stamps, NodeId self, Func<ulong> drawIncarnation)
    {
        RefuseRemains(path);
        var stamp = new NodeStamp { Self = self, Incarnation = drawIncarnation(), Stage = FormationStage.Empty };
        stamps.Write(stamp);
        return stamp;
    }

    private static NodeStamp? FindStamp(string path, StampFile stamps)
    {
        try
        {
            return stamps.Find();
        }
        catch (FormatException e)
        {
            throw Refused(path, $"{e.Message}. What to do: keep the directory for a look, start the node with an empty "
                + "one, and replace the node in the cluster: parley cluster replace --id ID");
        }
    }

    /// <summary>Without a stamp there may be nothing else: a log or a state would be the remains of a lost stamp.
    /// </summary>
    private static void RefuseRemains(string path)
    {
        var remains = Directory.GetFileSystemEntries(path)
            .Select(System.IO.Path.GetFileName)
            .Except([LockName, StampFile.TemporaryName, .. ForeignNames], StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToArray();
        if (remains.Length > 0)
        {
            throw Refused(path, $"it has no stamp, but it is not empty ({string.Join(", ", remains)}). What to do: if "
                + "this node was in a cluster, keep the directory for a look, start the node with an empty one and "
                + "replace it: parley cluster replace --id ID; else give an empty directory (--data)");
        }
    }

    private static DataDirectoryRefusedException Refused(string path, string why) =>
        new($"data directory {path} refused: {why}");
}

/// <summary>A data directory that must not be used by this process; the text says why and what to do (exit code 10).
/// </summary>
internal sealed class DataDirectoryRefusedException(string message) : Exception(message);
