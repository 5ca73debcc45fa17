using Google.Protobuf;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Raft;
using Parley.Simulation.Checks;
using Parley.Simulation.Faults;
using Parley.Simulation.Time;

namespace Parley.Simulation.Machines;

/// <summary>
/// The door to the log: proposes here or forwards one hop to the leader, keeps what is not decided, and forwards it
/// again, in order, to a new leader.
/// </summary>
internal sealed partial class NodeProcess
{
    private const long ForwardAgainUs = 700 * VirtualTime.Millisecond;

    private readonly SortedDictionary<ulong, Proposal> proposals = [];
    private readonly HashSet<object> unapplied = [];
    private readonly List<Proposal> heldCopies = [];
    private ulong proposalsMade;
    private long transferAskedInTerm;
    private (NodeId Leader, Term Term) followed;

    private ulong StartNonce => ((ulong)Machine.Id.Value << 32) + (ulong)Boot;

    /// <summary>False when too many are waiting: nothing was done.</summary>
    private bool Propose(LoggedCommand command, object? copyKey, Action<AppliedCommand> decided)
    {
        if (proposals.Count >= world.Scenario.Node.ProposalsMax)
        {
            world.Hit(Failpoint.ProposerFull);
            return false;
        }

        var number = ++proposalsMade;
        command.StateVersion = (uint)state.StateVersion;
        command.NotAfterUs = Math.Max(Machine.ClockUs, state.LastTimeUs) + world.Scenario.Node.NotAfterUs;
        command.Tag = new ProposalTag { Node = Machine.Id.Value, StartNonce = StartNonce, Number = number };
        var proposal = new Proposal
        {
            Number = number,
            Owner = this,
            Payload = command.ToByteArray(),
            CopyKey = copyKey ?? (StartNonce, number),
            Decided = decided,
        };
        proposals.Add(number, proposal);
        Forward([proposal]);
        return true;
    }

    private bool LeaderHasChanged() => followed != (Core.Leader, Core.Term);

    private void FollowLeader()
    {
        if (!LeaderHasChanged())
        {
            return;
        }

        followed = (Core.Leader, Core.Term);
        heldCopies.Clear();
        unapplied.Clear();
        if (proposals.Count > 0)
        {
            Forward([.. proposals.Values]);
        }
    }

    private void Forward(IReadOnlyList<Proposal> batch)
    {
        foreach (var proposal in batch)
        {
            proposal.ForwardAgainAtUs = world.Time.NowUs + (ForwardAgainUs << Math.Min(proposal.Forwardings++, 5));
        }

        if (Core.Role == RaftRole.Leader)
        {
            AppendAsLeader(batch);
        }
        else if (Core.Leader != NodeId.None && Core.Leader != Machine.Id)
        {
            var leader = world.MachineOf(Core.Leader);
            world.Network.SendInOrder(Machine.Id.Value, Core.Leader.Value, () =>
            {
                if (leader.Process is { } process)
                {
                    process.WhenAwake(() => process.Forwarded(batch));
                }
            });
        }
    }

    /// <summary>A second hop is refused: who does not lead drops them, their node will learn of the leader.</summary>
    private void Forwarded(IReadOnlyList<Proposal> batch)
    {
        if (Core.Role == RaftRole.Leader)
        {
            AppendAsLeader(batch);
        }
    }

    private void AppendAsLeader(IReadOnlyList<Proposal> batch)
    {
        var taken = new List<Proposal>(batch.Count);
        foreach (var proposal in batch)
        {
            if (world.Scenario.Node.LeaderHoldsCopies && !unapplied.Add(proposal.CopyKey))
            {
                world.Hit(Failpoint.CopyHeldBack);
                heldCopies.Add(proposal);
                continue;
            }

            taken.Add(proposal);
        }

        if (taken.Count == 0)
        {
            return;
        }

        var result = Core.Propose([.. taken.Select(proposal => proposal.Payload)], logClockNow());
        NoteProposed(result);
        if (result == ProposeResult.Overloaded)
        {
            HandBack(taken);
            return;
        }

        AnswerBeforeCommit(batch);
        PumpSoon();

        long logClockNow()
        {
            logClock.Heard(Machine.Id, Machine.ClockUs, world.Time.NowUs);
            return logClock.Median(world.Time.NowUs, Core.Membership) ?? Core.LastTimeUs;
        }
    }

    /// <summary>What the leader does not take goes back to whoever waits for it, as in the server.</summary>
    private void HandBack(List<Proposal> batch)
    {
        unapplied.ExceptWith(batch.Select(proposal => proposal.CopyKey));
        foreach (var refused in batch.GroupBy(proposal => proposal.Owner))
        {
            var owner = refused.Key;
            Proposal[] all = [.. refused];
            if (owner == this)
            {
                HandedBack(all);
            }
            else
            {
                world.Network.SendInOrder(
                    Machine.Id.Value, owner.Machine.Id.Value, () => owner.WhenAwake(() => owner.HandedBack(all)));
            }
        }
    }

    private void HandedBack(IReadOnlyList<Proposal> refused)
    {
        foreach (var proposal in refused)
        {
            if (proposals.Remove(proposal.Number))
            {
                (proposal.Decided?.Target as Call)?.NotDone();
            }
        }
    }

    private void NoteProposed(ProposeResult result)
    {
        if (result == ProposeResult.Overloaded)
        {
            world.Hit(Failpoint.ProposalOverloaded);
        }

        if (result == ProposeResult.Accepted && transferAskedInTerm == Core.Term.Value)
        {
            transferAskedInTerm = 0;
            world.Hit(Failpoint.TransferAborted);
        }
    }

    private void ForwardAgainLater()
    {
        if (isDead)
        {
            return;
        }

        var due = new List<Proposal>();
        foreach (var proposal in proposals.Values)
        {
            if (proposal.ForwardAgainAtUs <= world.Time.NowUs)
            {
                due.Add(proposal);
            }
        }

        if (due.Count > 0 && !IsPaused)
        {
            world.Hit(Failpoint.ProposalForwardedAgain);
            Forward(due);
        }

        world.Time.After(ForwardAgainUs, ForwardAgainLater);
    }

    /// <summary>Tells those who wait, and lets copies go on whose first one is decided.</summary>
    private void Settle(ApplyResult result)
    {
        foreach (var command in result.Commands)
        {
            if (command.Node == Machine.Id.Value && command.StartNonce == StartNonce
                && proposals.Remove(command.Number, out var proposal))
            {
                proposal.Decided?.Invoke(command);
            }
        }

        if (!world.Scenario.Node.LeaderHoldsCopies || Core.Role != RaftRole.Leader)
        {
            return;
        }

        // What is in the log and not applied is not tracked by index: after any batch all copies may try again.
        unapplied.Clear();
        if (heldCopies.Count > 0)
        {
            Proposal[] copies = [.. heldCopies];
            heldCopies.Clear();
            AppendAsLeader(copies);
        }
    }

    /// <summary>A planted bug: the client is told when its line is in the leader's log.</summary>
    private void AnswerBeforeCommit(IReadOnlyList<Proposal> batch)
    {
        if (world.Plant != Plant.AnsweredBeforeCommit)
        {
            return;
        }

        foreach (var proposal in batch)
        {
            if (LoggedCommand.Parser.ParseFrom(proposal.Payload.Span).CommandCase
                    == LoggedCommand.CommandOneofCase.SendMessage
                && proposals.Remove(proposal.Number, out var own) && ReferenceEquals(own, proposal))
            {
                proposal.Decided?.Invoke(new AppliedCommand(
                    Core.LastIndex.Value, Machine.Id.Value, StartNonce, proposal.Number,
                    new Outcome.MessageStored(0, 0, 0, Core.LastIndex.Value)));
            }
        }
    }
}
