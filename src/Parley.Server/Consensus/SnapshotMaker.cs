using Parley.Core;
using Parley.Raft;
using Parley.Server.Hosting;

namespace Parley.Server.Consensus;

/// <summary>Makes a snapshot for nodes that are too far behind, on a thread of its own while the applier goes on.
/// </summary>
internal sealed class SnapshotMaker(NodeParts parts)
{
    private readonly Lock use = new();
    private readonly SnapshotPause pause = new(parts.Time);
    private bool isMaking;

    /// <summary>Made ones that were found damaged, since the process started. From the loop.</summary>
    public int Damages => pause.Damages;

    /// <summary>Begins one unless one is being made, or the pause after one that failed is not over; ends with
    /// <see cref="LoopInput.SnapshotMade"/> or <see cref="LoopInput.SnapshotNotMade"/>. From the loop, as often as it
    /// likes.</summary>
    public void Make()
    {
        if (isMaking || !pause.IsOver)
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

    /// <summary>The loop was told of the snapshot, or that there is none. From the loop.</summary>
    public void Told(bool isMade)
    {
        isMaking = false;
        if (!isMade)
        {
            pause.NotMade();
        }
    }

    /// <summary>One that was made is damaged on this node's disk. From the loop.</summary>
    public void Damaged() => pause.Damaged();

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
            // A later membership than that of the state would be one too many for who begins at it.
            if (FindFacts(path) is not { } facts
                || FindMembership(new LogIndex(facts.AppliedIndex)) is not { } membership)
            {
                parts.Mail.Loop.Post(new LoopInput.SnapshotNotMade());
                return;
            }

            mark = new SnapshotMark
            {
                Index = new LogIndex(facts.AppliedIndex),
                Term = new Term(facts.AppliedTerm),
                TimeUs = facts.LastTimeUs,
                Membership = membership,
            };
            snapshots.FinishMade(mark, facts.Digest);
            parts.Digests.Noted(facts.AppliedIndex, facts.Digest);
        }

        Log.SnapshotMade(parts.Logger, mark.Index.Value);
        parts.Mail.Loop.Post(new LoopInput.SnapshotMade(mark.Index, mark.Term));
    }

    /// <summary>The members as of that entry; null: it is too long ago, or this node joined late and has not applied
    /// the entry that told it of them.</summary>
    private Membership? FindMembership(LogIndex applied) =>
        parts.Store.FindMembership(applied) is { Members.Count: > 0 } membership ? membership : null;

    /// <summary>Writes the copy and reads it whole: what is wrong in it is wrong in this node's state, which ends
    /// before another node is given it.</summary>
    /// <remarks>A copy that does not fit on the disk is no failure of this node: log and state are whole, and a leader
    /// that ended for it would only hand the same task, and the same end, to the next.</remarks>
    private SnapshotFacts? FindFacts(string path)
    {
        parts.Store.Snapshots.RemoveOutdated();
        var (needed, room) = (
            SnapshotFiles.RoomForCopy(parts.State.State.MeasureBytes()), parts.Store.Snapshots.Room);
        if (room < needed)
        {
            Log.SnapshotNotMade(parts.Logger, $"{needed} bytes needed on its disk, {room} free");
            return null;
        }

        try
        {
            parts.State.State.WriteSnapshot(path);
            return ChatState.VerifySnapshot(path);
        }
        catch (Exception exception) when (exception is StateStorageException or IOException)
        {
            File.Delete(path);
            Log.SnapshotNotMade(parts.Logger, exception.Message);
            return null;
        }
    }
}
