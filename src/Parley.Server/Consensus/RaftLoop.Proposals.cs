using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>Proposals at the leader: its own clients' and those forwarded by other nodes.</summary>
internal sealed partial class RaftLoop
{
    private const int BatchCommandsMax = 1_024;
    private const int BatchBytesMax = 4 << 20;
    private const int ReadBytesMax = 1 << 20;

    /// <summary>Committed and not applied: a leader whose state falls behind takes no more.</summary>
    private const long UnappliedMax = 131_072;

    private readonly ProposalBatch own = new();
    private readonly NewCommands fresh = new();
    private ProposalLane? lane;

    /// <summary>The proposer's lane leads here or to another node; called on this thread.</summary>
    public void Open(ProposalLane lane)
    {
        if (lane.Leader == parts.Self)
        {
            this.lane = lane;
            lane.OnRing(parts.Mail.Loop.Wake);
            parts.Mail.Loop.Wake();
        }
        else
        {
            this.lane = null;
            parts.Peers.Forward(lane, parts.Proposer);
        }
    }

    private void ProposeOwn()
    {
        while (lane is not null)
        {
            if (!parts.Proposer.Take(lane, own, BatchCommandsMax, BatchBytesMax))
            {
                lane = null;
                return;
            }

            if (own.Commands.Count == 0)
            {
                return;
            }

            fresh.Take(own, parts.Self.Value, parts.StartNonce, tags);
            switch (lane.Term == core.Term ? Append() : ProposeResult.NotLeader)
            {
                case ProposeResult.NotLeader:
                    parts.Proposer.NotAppended(own.Numbers);
                    parts.Proposer.Broken(lane);
                    lane = null;
                    break;
                case ProposeResult.Overloaded:
                    parts.Proposer.Overloaded(fresh.Numbers);
                    break;
                default:
                    break;
            }
        }
    }

    private void ProposeForwarded(ForwardedBatch batch)
    {
        if (!batch.Stream.IsOpenIn(core.Term))
        {
            batch.Stream.Answer(new ForwardAnswer(batch.Number, IsNotLeader: true, core.Term, 0));
            return;
        }

        fresh.Take(batch, tags);
        var result = Append();
        batch.Stream.Answer(new ForwardAnswer(
            batch.Number,
            result == ProposeResult.NotLeader,
            core.Term,
            result == ProposeResult.Overloaded ? batch.Asked : 0)
        {
            Refused = batch.Refused,
            OverloadedPlaces = result == ProposeResult.Overloaded ? fresh.Places : null,
        });
    }

    private ProposeResult Append()
    {
        if (isHandingOver || core.Role != RaftRole.Leader)
        {
            return ProposeResult.NotLeader;
        }

        if (fresh.Commands.Count == 0)
        {
            return ProposeResult.Accepted;
        }

        if (core.CommitIndex.Value - applied.Value > UnappliedMax)
        {
            return ProposeResult.Overloaded;
        }

        var result = core.Propose(fresh.Commands, clock.NowUs(core.Membership.Members, core.LastTimeUs));
        if (result == ProposeResult.Accepted)
        {
            var index = core.LastIndex.Value - fresh.Commands.Count + 1;
            foreach (var tag in fresh.Tags)
            {
                tags.Appended(new LogIndex(index++), core.Term, tag);
            }
        }

        return result;
    }

    private void Track(Entry entry)
    {
        if (entry.Index > applied)
        {
            var tag = entry.Kind == EntryKind.Command ? CommandTag.Read(entry.Payload.Span) : default;
            tags.Appended(entry.Index, entry.Term, tag);
        }
    }

    /// <summary>At the start: what the log holds beyond the state.</summary>
    private void ReadTags()
    {
        var log = parts.Store.Log;
        for (var next = applied.Next; next <= log.LastIndex;)
        {
            var entries = log.ReadEntries(next, log.LastIndex, ReadBytesMax);
            Invariant.Holds(entries.Count > 0);
            foreach (var entry in entries)
            {
                Track(entry);
            }

            next = entries[^1].Index.Next;
        }
    }
}
