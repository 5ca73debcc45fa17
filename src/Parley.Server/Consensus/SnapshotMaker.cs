using Parley.Raft;
using Parley.Server.Hosting;

namespace Parley.Server.Consensus;

/// <summary>Makes a snapshot for nodes that are too far behind, on a thread of its own while the applier goes on.
/// </summary>
internal sealed class SnapshotMaker(NodeParts parts)
{
    private readonly Lock use = new();
    private bool isMaking;

    /// <summary>Begins one unless one is being made; ends with <see cref="LoopInput.SnapshotMade"/>. From the loop.
    /// </summary>
    public void Make()
    {
        if (isMaking)
        {
            return;
        }

        isMaking = true;
        var thread = new Thread(() => ProcessEnd.Guard("making a snapshot", Write))
        {
            IsBackground = true,
            Name = "snapshot",
        };
        thread.Start();
    }

    /// <summary>The loop was told of the snapshot. From the loop.</summary>
    public void Told() => isMaking = false;

    /// <summary>Runs something that takes the state file away, when nobody copies from it.</summary>
    public void WhileNotMaking(Action action)
    {
        lock (use)
        {
            action();
        }
    }

    private void Write()
    {
        var snapshots = parts.Store.Snapshots;
        var path = snapshots.UnfinishedMadePath;
        SnapshotMark mark;
        lock (use)
        {
            File.Delete(path);
            var facts = parts.State.State.WriteSnapshot(path);
            mark = new SnapshotMark
            {
                Index = new LogIndex(facts.AppliedIndex),
                Term = new Term(facts.AppliedTerm),
                TimeUs = facts.LastTimeUs,
                Membership = parts.Store.Membership,
            };
            snapshots.FinishMade(mark, facts.Digest);
        }

        Log.SnapshotMade(parts.Logger, mark.Index.Value);
        parts.Mail.Loop.Post(new LoopInput.SnapshotMade(mark.Index, mark.Term));
    }
}
