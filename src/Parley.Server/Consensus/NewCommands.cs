namespace Parley.Server.Consensus;

/// <summary>
/// What of a batch the leader has to append: all but copies of what is in its log and not applied yet. A copy waits for
/// the first, whose outcome answers both.
/// Invariant: what is refused because a queue is full is what would have been appended, and nothing else. A copy goes
/// on waiting, whatever becomes of the rest: its entry is in the log of this term's leader, so whoever proposed it
/// applies that entry, or hears of another leader or term and sends it again. (One that has installed a snapshot with
/// the entry, made by an earlier leader, before this one has applied it, waits for that, or for its own limit.)
/// Owned by the loop.
/// </summary>
internal sealed class NewCommands
{
    private readonly List<ReadOnlyMemory<byte>> commands = [];
    private readonly List<CommandTag> tags = [];
    private readonly List<int> places = [];

    public IReadOnlyList<ReadOnlyMemory<byte>> Commands => commands;

    /// <summary>The tag of each.</summary>
    public IReadOnlyList<CommandTag> Tags => tags;

    /// <summary>The numbers by which their proposer knows them.</summary>
    public IReadOnlyList<ulong> Numbers => [.. tags.Select(tag => tag.Number)];

    /// <summary>Their places in the request that brought them.</summary>
    public IReadOnlyList<int> Places => [.. places];

    /// <summary>Of a batch that this process proposes itself.</summary>
    public void Take(ProposalBatch batch, int self, ulong startNonce, UnappliedTags inLog)
    {
        Clear();
        for (var i = 0; i < batch.Commands.Count; i++)
        {
            Take(batch.Commands[i], new CommandTag(self, startNonce, batch.Numbers[i]), i, inLog);
        }
    }

    /// <summary>Of one that another node forwarded.</summary>
    public void Take(ForwardedBatch batch, UnappliedTags inLog)
    {
        Clear();
        for (var i = 0; i < batch.Commands.Count; i++)
        {
            Take(batch.Commands[i], batch.Tags[i], batch.Places[i], inLog);
        }
    }

    private void Take(ReadOnlyMemory<byte> command, CommandTag tag, int place, UnappliedTags inLog)
    {
        if (!inLog.Contains(tag))
        {
            commands.Add(command);
            tags.Add(tag);
            places.Add(place);
        }
    }

    private void Clear()
    {
        commands.Clear();
        tags.Clear();
        places.Clear();
    }
}
