using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Server.Consensus;

namespace Parley.Tests.Server;

/// <summary>A leader's door that a test holds open: it records what was taken, in order, and applies it on demand.
/// </summary>
internal sealed class RecordedDoor(Proposer proposer) : IProposalDoor
{
    private readonly ProposalBatch batch = new();

    public ProposalLane? Lane { get; private set; }

    public int LanesOpened { get; private set; }

    /// <summary>The numbers of all proposals taken so far, copies included.</summary>
    public List<ulong> Taken { get; } = [];

    public List<LoggedCommand> Commands { get; } = [];

    public void Open(ProposalLane lane)
    {
        Lane = lane;
        LanesOpened++;
    }

    /// <summary>Takes at most this many; false when the lane is closed.</summary>
    public bool Take(int commandsMax = 1_024)
    {
        if (Lane is null || !proposer.Take(Lane, batch, commandsMax, int.MaxValue))
        {
            return false;
        }

        foreach (var command in batch.Commands)
        {
            Commands.Add(LoggedCommand.Parser.ParseFrom(command.Span));
        }

        Taken.AddRange(batch.Numbers);
        return true;
    }

    public static AppliedCommand OutcomeOf(ulong number, ulong nonce = ProposerTests.Nonce) =>
        new((long)number, ProposerTests.Self.Value, nonce, number, Outcome.Done.Instance);
}
