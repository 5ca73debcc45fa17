using Google.Protobuf;
using Parley.Core.Log.V1;
using Parley.Core.Storage;

namespace Parley.Core;

/// <content>Copies of a state file that another process may have open, and what one becomes elsewhere.</content>
internal sealed partial class ChatState
{
    /// <summary>The last entry that a file's state has applied; 0: none.</summary>
    public static long ReadAppliedIndex(string path)
    {
        using var state = Database.OpenBeside(path);
        return state.ReadInt64("SELECT COALESCE(MAX(applied_index), 0) FROM chat");
    }

    /// <summary>What a file says that it holds, at one moment, and its format; not checked.</summary>
    /// <exception cref="StateDamagedException">Nothing was ever applied to it.</exception>
    public static (SnapshotFacts Facts, int Format) ReadFacts(string path)
    {
        using var state = Database.OpenBeside(path);
        state.Execute("BEGIN");
        var found = (ReadFacts(state), (int)state.ReadInt64("PRAGMA user_version"));
        state.Execute("COMMIT");
        return found;
    }

    /// <summary>As <see cref="MeasureBytes()"/>, of a file.</summary>
    public static long MeasureBytes(string path)
    {
        using var state = Database.OpenBeside(path);
        return state.ReadInt64("PRAGMA page_count") * state.ReadInt64("PRAGMA page_size");
    }

    /// <summary>Writes a consistent copy of a file's state to a new file, neither synced nor verified.</summary>
    /// <exception cref="OperationCanceledException">It was given up; what there is of the copy is of no use.
    /// </exception>
    public static void CopyFile(string path, string copyPath, CancellationToken cancellationToken)
    {
        using var source = Database.OpenBeside(path);
        source.StopWhen(() => cancellationToken.IsCancellationRequested);
        try
        {
            WriteCopy(source, copyPath);
        }
        catch (StateStorageException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    /// <summary>The format of a file that nobody writes.</summary>
    public static int FormatOf(string path)
    {
        using var state = Database.OpenForChecking(path);
        return (int)state.ReadInt64("PRAGMA user_version");
    }

    /// <summary>How much there is in a file that nobody writes.</summary>
    public static StateCounts Count(string path)
    {
        using var state = Database.OpenForChecking(path);
        return new StateCounts(
            state.ReadInt64("SELECT COUNT(*) FROM accounts WHERE deleted_at_us = 0"),
            state.ReadInt64("SELECT COUNT(*) FROM conversations"),
            state.ReadInt64("SELECT COUNT(*) FROM messages"));
    }

    /// <summary>Ends every session, by entries as the cluster's own would be: a state that another cluster begins with
    /// knows nobody who is logged in.</summary>
    /// <returns>How many there were.</returns>
    public int EndSessions()
    {
        var live = Directory.LiveSessions.OrderBy(session => session.Number).ToList();
        var next = AppliedIndex;
        var entries = live.Chunk(Limits.SessionsPerCommandMax).Select(some =>
        {
            var command = new LoggedCommand { StateVersion = 1, ExpireSessions = new ExpireSessions() };
            command.ExpireSessions.Sessions.Add(some.Select(session => new SessionTouch
            {
                Session = session.Number,
                TouchedAtUs = session.TouchedAtUs,
            }));
            return new CommittedEntry(++next, AppliedTerm, LastTimeUs, command.ToByteArray());
        });
        Apply([.. entries]);
        Invariant.Holds(Directory.LiveSessions.Count == 0);
        return live.Count;
    }
}

/// <summary>How much there is in a state.</summary>
internal sealed record StateCounts(long Accounts, long Conversations, long Messages);
