using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>Commands another node forwarded to this one, to be appended in order.</summary>
internal sealed class ForwardedBatch(ForwardedStream stream, long number, int asked)
{
    public ForwardedStream Stream { get; } = stream;

    /// <summary>The batch's number on its stream.</summary>
    public long Number { get; } = number;

    /// <summary>How many commands its sender counts.</summary>
    public int Asked { get; } = asked;

    public List<ReadOnlyMemory<byte>> Commands { get; } = [];

    public List<CommandTag> Tags { get; } = [];

    /// <summary>The place of each in the request, from 0.</summary>
    public List<int> Places { get; } = [];

    /// <summary>The places in the request, from 0, of commands that get into no log.</summary>
    public List<int> Refused { get; } = [];
}

/// <summary>
/// A stream of forwarded batches, bound to the term its first batch met. A refused batch ends it: appending a later one
/// after this node became leader again would turn the order around.
/// </summary>
internal sealed class ForwardedStream(Action<ForwardAnswer> answer)
{
    /// <summary>Batches that were appended whole are answered together; fewer than may be unanswered.</summary>
    private const int AnswerEvery = 16;

    private Term term;
    private bool isDead;

    /// <summary>Whether a batch may be appended in this term; from the loop only.</summary>
    public bool IsOpenIn(Term current)
    {
        if (term == Term.None)
        {
            term = current;
        }

        return !isDead && term == current;
    }

    /// <summary>From the loop only; must be quick.</summary>
    public void Answer(ForwardAnswer told)
    {
        isDead |= told.IsNotLeader;
        if (told.IsNotLeader || told.Overloaded > 0 || told.Refused is { Count: > 0 } || told.Batch % AnswerEvery == 0)
        {
            answer(told);
        }
    }
}

/// <summary>What became of a forwarded batch at the leader's door.</summary>
internal readonly record struct ForwardAnswer(long Batch, bool IsNotLeader, Term Term, int Overloaded)
{
    /// <summary>The places in the request of commands that get into no log; null: none.</summary>
    public IReadOnlyList<int>? Refused { get; init; }

    /// <summary>The places in the request of those that a full queue kept out; null: of all that are counted.</summary>
    public IReadOnlyList<int>? OverloadedPlaces { get; init; }
}
