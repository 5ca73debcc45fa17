using Parley.Core;
using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>Which leader takes what waits, and what happens when it is lost.</summary>
internal sealed partial class Proposer
{
    private IProposalDoor? door;
    private NodeId leader;
    private Term term;
    private long leaderlessSince;
    private long brokenSince;
    private bool isBroken;
    private bool isDraining;
    private CutOff? cutOff;
    private int reachableVoters;
    private int voters;

    /// <summary>Consensus runs now.</summary>
    internal void Attach(IProposalDoor consensus)
    {
        lock (gate)
        {
            door = consensus;
            refusal = null;
            leaderlessSince = time.GetTimestamp();
        }
    }

    /// <summary>This node stops: nothing new is taken; what waits may still be answered.</summary>
    internal void Drain()
    {
        lock (gate)
        {
            isDraining = true;
            Refuse(NotDoneReason.Draining, "this node is stopping; another one will answer");
        }
    }

    /// <summary>Leader or term are others than before; <see cref="NodeId.None"/>: nobody is known. From the loop.
    /// </summary>
    internal void LeaderKnown(NodeId newLeader, Term newTerm)
    {
        ProposalLane? closed;
        lock (gate)
        {
            if (newLeader == leader && newTerm == term)
            {
                return;
            }

            if (leader != NodeId.None && newLeader == NodeId.None)
            {
                leaderlessSince = time.GetTimestamp();
            }

            leader = newLeader;
            term = newTerm;
            closed = lane;
            lane = null;
        }

        closed?.Ring(); // Whoever takes from it shall see that it is closed.
        OpenLane();
    }

    /// <summary>Everything that waits goes to the leader once more: its outcomes may have been decided in a state that
    /// was replaced as a whole. From the loop.</summary>
    internal void ForwardAgain()
    {
        ProposalLane? closed;
        lock (gate)
        {
            closed = lane;
            lane = null;
        }

        closed?.Ring();
        OpenLane();
    }

    /// <summary>The way of this lane broke, or its leader does not lead: another lane is tried soon, or at once when
    /// another leader is known. Any thread.</summary>
    internal void Broken(ProposalLane broken)
    {
        lock (gate)
        {
            if (lane == broken)
            {
                lane = null;
                isBroken = true;
                brokenSince = time.GetTimestamp();
            }
        }
    }

    /// <summary>Whether the lane is the one in use.</summary>
    internal bool IsOpen(ProposalLane asked)
    {
        lock (gate)
        {
            return lane == asked;
        }
    }

    /// <summary>Fills the batch with what comes next; false when the lane is closed. Any thread, one at a
    /// time.</summary>
    internal bool Take(ProposalLane from, ProposalBatch batch, int commandsMax, int bytesMax)
    {
        batch.Clear();
        lock (gate)
        {
            if (lane != from)
            {
                return false;
            }

            var number = Math.Max(from.Next, window.First);
            var bytes = 0;
            for (; number < window.Next && batch.Commands.Count < commandsMax && bytes < bytesMax; number++)
            {
                if (window.Find(number) is { } pending)
                {
                    pending.HandedOut++;
                    batch.Commands.Add(pending.Encoded);
                    batch.Numbers.Add(number);
                    bytes += pending.Encoded.Length;
                }
            }

            from.Next = number;
            return true;
        }
    }

    /// <summary>These were handed out and certainly not appended; they wait on.</summary>
    internal void NotAppended(IReadOnlyList<ulong> numbers)
    {
        lock (gate)
        {
            foreach (var number in numbers)
            {
                if (window.Find(number) is { } pending)
                {
                    pending.HandedOut--;
                }
            }
        }
    }

    /// <summary>The leader's queue was full: these were not appended this time.</summary>
    internal void Overloaded(IReadOnlyList<ulong> numbers) => HandBack(numbers, Overloaded());

    /// <summary>The leader keeps these out of the log: whoever waits is told, and they are not forwarded again.
    /// </summary>
    internal void Refused(IReadOnlyList<ulong> numbers) => HandBack(numbers, new NotDoneException(
        NotDoneReason.Refused,
        "the leader takes no such command from this node: their programs differ, or one is at fault; the leader's log "
        + "says more"));

    private void HandBack(IReadOnlyList<ulong> numbers, NotDoneException reason)
    {
        var failed = new List<(PendingProposal, AppliedCommand)>(numbers.Count);
        lock (gate)
        {
            foreach (var number in numbers)
            {
                if (window.Remove(number) is { } pending)
                {
                    pending.HandedOut--;
                    failed.Add((pending, default));
                }
            }
        }

        Completions.Hand(failed, reason);
    }

    /// <summary>Outcomes that this node applied, after their COMMIT; from the applier.</summary>
    internal void Applied(IReadOnlyList<AppliedCommand> commands)
    {
        List<(PendingProposal, AppliedCommand)>? done = null;
        lock (gate)
        {
            for (var i = 0; i < commands.Count; i++)
            {
                var command = commands[i];
                if (command.Node == options.Self.Value
                    && command.StartNonce == options.StartNonce
                    && window.Remove(command.Number) is { } pending)
                {
                    (done ??= []).Add((pending, command));
                }
            }
        }

        if (done is not null)
        {
            Completions.Hand(done, null);
        }
    }

    /// <summary>How many voters this node can reach, itself included. From the loop.</summary>
    internal void Reachable(int reachable, int configured)
    {
        lock (gate)
        {
            reachableVoters = reachable;
            voters = configured;
        }
    }

    /// <summary>Whether it is in vain to wait for a leader here: then whoever waits is told so, and can go where a
    /// leader is in reach; null: it is not. From the loop.</summary>
    internal void CutOff(CutOff? now)
    {
        List<(PendingProposal, AppliedCommand)>? failed = null;
        NotDoneException? reason = null;
        lock (gate)
        {
            var wasCutOff = cutOff is not null;
            cutOff = now;
            if (now is { } found && (window.Count > 0 || !wasCutOff))
            {
                (failed, reason) = HandBack(CutOffText.Of(found));
            }
            else if (now is null && wasCutOff && !isDraining)
            {
                refusal = null; // A leader is heard, or will be elected: that is waited for.
            }
        }

        if (failed is not null)
        {
            Completions.Hand(failed, reason);
        }
    }

    /// <summary>Some 10 ms have passed. From the loop.</summary>
    internal void Tick()
    {
        List<(PendingProposal, AppliedCommand)>? failed = null;
        NotDoneException? reason = null;
        var isToReopen = false;
        lock (gate)
        {
            if (door is null)
            {
                return;
            }

            isToReopen = isBroken && lane is null && time.GetElapsedTime(brokenSince) >= options.RetryPause;
            (failed, reason) = JudgeLeaderless() ?? FindOverdue();
        }

        if (isToReopen)
        {
            OpenLane();
        }

        if (failed is not null)
        {
            Completions.Hand(failed, reason);
        }
    }

    private void OpenLane()
    {
        ProposalLane opened;
        lock (gate)
        {
            isBroken = false;
            if (lane is not null || leader == NodeId.None || door is null)
            {
                return;
            }

            opened = lane = new ProposalLane(leader, term);
            if (!isDraining && cutOff is null)
            {
                refusal = null;
            }
        }

        door.Open(opened);
    }

    private void Refuse(NotDoneReason reason, string text)
    {
        refusalReason = reason;
        refusal = text;
    }

    private (List<(PendingProposal, AppliedCommand)>?, NotDoneException?)? JudgeLeaderless()
    {
        if (leader != NodeId.None || cutOff is not null)
        {
            return null;
        }

        var leaderless = time.GetElapsedTime(leaderlessSince);
        var hasMajority = reachableVoters > voters / 2;
        if (leaderless < (hasMajority ? options.LeaderlessAnywayMax : options.LeaderlessMax))
        {
            return null;
        }

        return HandBack(CutOffText.NoMajority(reachableVoters, voters));
    }

    /// <summary>Nothing new is taken, and whoever waits is told why: what no leader was ever given is not done, of the
    /// rest nobody knows.</summary>
    private (List<(PendingProposal, AppliedCommand)>?, NotDoneException?) HandBack(string text)
    {
        if (!isDraining)
        {
            Refuse(NotDoneReason.NoMajority, text);
        }

        return (TakeAllWaiting(), new NotDoneException(NotDoneReason.NoMajority, text));
    }

    private (List<(PendingProposal, AppliedCommand)>?, NotDoneException?) FindOverdue()
    {
        List<(PendingProposal, AppliedCommand)>? overdue = null;
        while (window.Find(window.First) is { } oldest && time.GetElapsedTime(oldest.TakenAt) > options.WaitMax)
        {
            window.Remove(oldest.Number);
            (overdue ??= []).Add((oldest, default));
        }

        return (overdue, overdue is null ? null : new NotDoneException(
            NotDoneReason.OutcomeUnknown, "the cluster has not decided in time"));
    }

    private List<(PendingProposal, AppliedCommand)>? TakeAllWaiting()
    {
        if (window.Count == 0)
        {
            return null;
        }

        var all = new List<(PendingProposal, AppliedCommand)>(window.Count);
        while (window.Find(window.First) is { } oldest)
        {
            window.Remove(oldest.Number);
            all.Add((oldest, default));
        }

        return all;
    }
}
