using Google.Protobuf;
using Parley.Core;
using Parley.Core.Commands;
using Parley.Core.Log.V1;
using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>
/// The one door to the log, on every node: tags a command, gets it appended (here, or one hop away at the leader),
/// keeps and forwards it again until its outcome was applied here.
/// Callers come from any thread; <see cref="Tick"/>, <see cref="LeaderKnown"/> and the like from the loop; outcomes
/// from the applier. Nobody's continuation ever runs on those two threads.
/// </summary>
internal sealed partial class Proposer
{
    private readonly Lock gate = new();
    private readonly ProposalWindow window = new();
    private readonly ProposerOptions options;
    private readonly TimeProvider time;
    private readonly Func<ProposalStamp> stamp;
    private ulong lastNumber;
    private ProposalLane? lane;
    private string? refusal;
    private NotDoneReason refusalReason;

    /// <param name="options">Who proposes, and measures.</param>
    /// <param name="stamp">State version and log time now.</param>
    /// <param name="time">Monotonic.</param>
    public Proposer(ProposerOptions options, Func<ProposalStamp> stamp, TimeProvider time)
    {
        this.options = options;
        this.stamp = stamp;
        this.time = time;
        refusal = "this node is not part of a cluster yet";
        refusalReason = NotDoneReason.NotServing;
    }

    /// <summary>How many proposals wait for their outcome.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
            {
                return window.Count;
            }
        }
    }

    /// <summary>How many proposals were taken since the process started.</summary>
    public long Taken
    {
        get
        {
            lock (gate)
            {
                return (long)lastNumber;
            }
        }
    }

    /// <summary>Sets state version, tag and <c>not after</c>, and returns what this node's applier decided.
    /// Proposals of one caller made in an order without awaiting in between are appended in that order.
    /// Cancellation stops the wait, not the deed.</summary>
    /// <exception cref="NotDoneException">Nothing was stored, or repeating is safe: see its reason.</exception>
    /// <exception cref="Core.InvariantBrokenException">No rule can decide it: the caller alone fails, not every node.
    /// </exception>
    public Task<AppliedCommand> ProposeAsync(LoggedCommand command, CancellationToken cancellationToken)
    {
        command.StateVersion = (uint)stamp().StateVersion;
        if (CommandForm.FindFault(command) is { } fault)
        {
            throw new Core.InvariantBrokenException($"a command that its rule can decide expected; it {fault}");
        }

        PendingProposal pending;
        ProposalLane? way;
        lock (gate)
        {
            if (refusal is not null)
            {
                return Task.FromException<AppliedCommand>(new NotDoneException(refusalReason, refusal));
            }

            if (!window.HasRoom)
            {
                return Task.FromException<AppliedCommand>(Overloaded());
            }

            pending = new PendingProposal(this, ++lastNumber, Encode(command, lastNumber), time.GetTimestamp());
            window.Add(pending);
            way = lane;
        }

        way?.Ring();
        pending.Watch(cancellationToken);
        return pending.Task;
    }

    private static NotDoneException Overloaded() =>
        new(NotDoneReason.Overloaded, "too many commands wait on this node; wait a moment and repeat");

    private byte[] Encode(LoggedCommand command, ulong number)
    {
        var now = stamp();
        command.StateVersion = (uint)now.StateVersion;
        command.NotAfterUs = now.TimeUs + (options.NotAfter.Ticks / TimeSpan.TicksPerMicrosecond);
        command.Tag = new ProposalTag { Node = options.Self.Value, StartNonce = options.StartNonce, Number = number };
        return command.ToByteArray();
    }

    private void Cancel(PendingProposal pending, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            window.Remove(pending.Number);
        }

        pending.TrySetCanceled(cancellationToken);
    }
}

/// <summary>Who proposes, and the proposer's measures.</summary>
internal sealed record ProposerOptions
{
    public required NodeId Self { get; init; }

    /// <summary>Drawn at random when the process started.</summary>
    public required ulong StartNonce { get; init; }

    /// <summary>Commands are refused by Apply this long (in log time) after they were taken.</summary>
    public TimeSpan NotAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Without a leader for this long, and without a majority in reach, nothing is taken.</summary>
    public required TimeSpan LeaderlessMax { get; init; }

    /// <summary>Without a leader for this long nothing is taken, whoever is in reach.</summary>
    public TimeSpan LeaderlessAnywayMax { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A way to the leader that broke is tried again after this.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>Nobody waits longer than this for an outcome.</summary>
    public TimeSpan WaitMax { get; init; } = TimeSpan.FromSeconds(65);
}

/// <summary>What every command is stamped with.</summary>
/// <param name="StateVersion">The state version in force.</param>
/// <param name="TimeUs">Log time now, as far as this node knows, microseconds since 1970-01-01T00:00:00Z.</param>
internal readonly record struct ProposalStamp(int StateVersion, long TimeUs);
