using Parley.Core;
using Parley.Core.Agreement;
using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>
/// The thread that owns the state: applies what is committed, many entries in one transaction, and only after its
/// COMMIT tells readers, proposals and listeners. It checkpoints the file, so that the log may be cut. A failure ends
/// the process.
/// </summary>
internal sealed class Applier(NodeParts parts, SnapshotMaker snapshots)
{
    private const int BatchEntriesMax = 2_048;
    private const int BatchBytesMax = 4 << 20;
    private const long CheckpointBytes = 8L << 20;
    private const long CheckpointEntries = 16_384;

    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(2);

    private readonly List<CommittedEntry> batch = new(BatchEntriesMax);
    private long batchBytes;
    private long lastTimeUs;
    private long notedIndex;
    private long bytesSinceCheckpoint;
    private long entriesSinceCheckpoint;

    public void Run()
    {
        lastTimeUs = parts.State.LastTimeUs;
        while (true)
        {
            var inputs = parts.Mail.Applier.TakeAll(IdleMax);
            foreach (var input in inputs)
            {
                switch (input)
                {
                    case ApplierInput.Apply apply:
                        Take(apply.Entries);
                        break;
                    case ApplierInput.Replace replace:
                        ApplyBatch();
                        Replace(replace.Mark);
                        break;
                    case ApplierInput.Stop:
                        ApplyBatch();
                        return;
                    default:
                        throw new Raft.InvariantBrokenException($"unknown input {input}");
                }
            }

            ApplyBatch();
            if (inputs.Count == 0)
            {
                NoteDigest();
            }

            CheckpointWhenDue(isIdle: inputs.Count == 0);
        }
    }

    private void Take(IReadOnlyList<Entry> entries)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            var payload = entry.Kind == EntryKind.Command ? entry.Payload : default;
            batch.Add(new CommittedEntry(entry.Index.Value, entry.Term.Value, entry.TimeUs, payload));
            batchBytes += payload.Length;
            if (entry.Kind == EntryKind.Membership)
            {
                parts.Store.MembershipApplied(entry.Index, MembershipCodec.Decode(entry.Payload.Span));
            }

            // A digest is known where a batch ends, so one ends where all nodes compare theirs.
            var isMark = DigestMarks.IsAfter(entry.Index.Value, entry.TimeUs, lastTimeUs);
            lastTimeUs = entry.TimeUs;
            if (isMark || batch.Count >= BatchEntriesMax || batchBytes >= BatchBytesMax)
            {
                ApplyBatch();
            }

            if (isMark)
            {
                NoteDigest();
            }
        }
    }

    private void ApplyBatch()
    {
        if (batch.Count == 0)
        {
            return;
        }

        var result = parts.State.State.Apply(batch);
        parts.State.Publish();
        parts.Proposer.Applied(result.Commands);
        foreach (var listener in parts.Listeners)
        {
            listener.Applied(result);
        }

        // Nobody waits for this: it frees memory, and room only when the loop is far ahead. The loop's next tick finds
        // it.
        parts.Mail.Loop.PostQuietly(new LoopInput.Applied(new LogIndex(result.AppliedIndex)));
        bytesSinceCheckpoint += batchBytes;
        entriesSinceCheckpoint += batch.Count;
        batchBytes = 0;
        batch.Clear();
    }

    private void NoteDigest()
    {
        var (index, digest) = parts.State.Digest;
        if (index != notedIndex)
        {
            notedIndex = index;
            parts.Digests.Noted(index, digest);
        }
    }

    private void CheckpointWhenDue(bool isIdle)
    {
        var isDue = bytesSinceCheckpoint >= CheckpointBytes || entriesSinceCheckpoint >= CheckpointEntries;
        if (!isDue && !(isIdle && entriesSinceCheckpoint > 0))
        {
            return;
        }

        var index = parts.State.State.Checkpoint();
        var isWhole = index == parts.State.AppliedIndex;
        bytesSinceCheckpoint = isWhole ? 0 : Math.Max(0, bytesSinceCheckpoint - (CheckpointBytes / 8));
        entriesSinceCheckpoint = isWhole ? 0 : Math.Max(1, entriesSinceCheckpoint - (CheckpointEntries / 8));
        parts.Mail.Writer.Post(new WriterInput.Checkpointed(new LogIndex(index)));
    }

    private void Replace(SnapshotMark mark)
    {
        Raft.Invariant.Holds(parts.State.AppliedIndex < mark.Index.Value);
        snapshots.WhileNotMaking(() => parts.State.Replace(() => parts.Store.Snapshots.PutInPlace(mark)));
        Raft.Invariant.Holds(parts.State.AppliedIndex == mark.Index.Value);
        lastTimeUs = parts.State.LastTimeUs;
        notedIndex = mark.Index.Value;
        parts.Digests.StateReplaced(notedIndex, parts.State.Digest.Digest);
        parts.Store.MembershipApplied(mark.Index, mark.Membership);
        foreach (var listener in parts.Listeners)
        {
            listener.StateReplaced();
        }

        Log.SnapshotInstalled(parts.Logger, mark.Index.Value);
        parts.Mail.Loop.Post(new LoopInput.SnapshotInstalled(mark));
    }
}
