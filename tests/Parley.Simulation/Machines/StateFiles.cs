using Parley.Core;
using Parley.Raft;
using Parley.Simulation.Time;

namespace Parley.Simulation.Machines;

/// <summary>
/// The state files of one machine. The state itself lives in memory; what a crash leaves of it is either all (a killed
/// process: the page cache has it) or the last checkpoint (the file is not synced at each commit, the log repairs it).
/// </summary>
/// <param name="folder">A folder of this machine alone; made when it is needed.</param>
/// <param name="isOnFiles">Whether snapshots are real files, which is slow; else their bytes are kept.</param>
internal sealed class StateFiles(string folder, bool isOnFiles) : IDisposable
{
    private Snapshot? checkpoint;
    private Snapshot? incoming;
    private ChatState? survivor;
    private int copies;
    private bool isDamaged;

    /// <summary>The newest snapshot that was made or installed; null before the first.</summary>
    public Snapshot? Checkpoint => checkpoint;

    /// <summary>What a start finds: after a kill perhaps everything, else the checkpoint; an incoming snapshot takes
    /// its place when the log says so.</summary>
    public ChatState Open(LogIndex logBase, Action adopted)
    {
        if (incoming is not null && incoming.Mark.Index == logBase)
        {
            Adopt();
            adopted();
        }

        if (survivor is not null)
        {
            var state = survivor;
            survivor = null;
            return state;
        }

        return checkpoint is null ? ChatState.OpenInMemory() : OpenCopy(checkpoint);
    }

    /// <summary>A process left this state behind.</summary>
    public void Leave(ChatState state, bool survives)
    {
        if (survives)
        {
            survivor = state;
        }
        else
        {
            state.Dispose();
        }
    }

    /// <summary>The machine lost power: only the checkpoint is left.</summary>
    public void LosePower()
    {
        survivor?.Dispose();
        survivor = null;
    }

    /// <summary>Writes a snapshot of the state; it is the checkpoint from now on.</summary>
    public Snapshot MakeSnapshot(ChatState state, Membership membership)
    {
        var path = isOnFiles ? NextPath() : "";
        var facts = isOnFiles ? state.WriteSnapshot(path) : FactsOf(state);
        checkpoint = new Snapshot(path, isOnFiles ? [] : state.CopyBytes(), facts, MarkOf(facts, membership));
        return checkpoint;
    }

    /// <summary>A snapshot from another node is here, whole and synced, but not in place yet.</summary>
    public Snapshot Receive(Snapshot sent)
    {
        if (isOnFiles)
        {
            var path = NextPath();
            File.Copy(sent.Path, path);
            var facts = ChatState.VerifySnapshot(path);
            incoming = new Snapshot(path, [], facts, MarkOf(facts, sent.Mark.Membership));
        }
        else
        {
            incoming = sent;
        }

        return incoming;
    }

    /// <summary>Puts the incoming snapshot in place of the state.</summary>
    public ChatState Install()
    {
        Adopt();
        return OpenCopy(checkpoint!);
    }

    /// <summary>Flips a bit of the file a start would begin from; false when there is none.</summary>
    public bool TryDamage(SeededRandom random)
    {
        if (survivor is not null || checkpoint is null || !isOnFiles)
        {
            return false;
        }

        using var file = File.Open(checkpoint.Path, FileMode.Open);
        file.Position = random.Between(0, file.Length - 1);
        var value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ (1 << random.Between(0, 7))));
        isDamaged = true;
        return true;
    }

    public void Dispose() => survivor?.Dispose();

    private static SnapshotMark MarkOf(SnapshotFacts facts, Membership membership) => new()
    {
        Index = new LogIndex(facts.AppliedIndex),
        Term = new Term(facts.AppliedTerm),
        TimeUs = facts.LastTimeUs,
        Membership = membership,
    };

    private static SnapshotFacts FactsOf(ChatState state) =>
        new(state.AppliedIndex, state.AppliedTerm, state.LastTimeUs, state.StateVersion, state.Digest);

    private void Adopt()
    {
        checkpoint = incoming;
        incoming = null;
        survivor?.Dispose();
        survivor = null;
    }

    private ChatState OpenCopy(Snapshot snapshot)
    {
        if (!isOnFiles)
        {
            return ChatState.OpenInMemory(snapshot.Bytes);
        }

        var path = NextPath();
        File.Copy(snapshot.Path, path);
        if (isDamaged)
        {
            ChatState.VerifySnapshot(path);
        }

        return ChatState.Open(path);
    }

    private string NextPath()
    {
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, $"{++copies}.db");
    }
}

/// <summary>A snapshot, as a file or as bytes, and what it holds.</summary>
internal sealed record Snapshot(string Path, byte[] Bytes, SnapshotFacts Facts, SnapshotMark Mark);
