using Parley.Server.Consensus;
using Parley.Server.Node.V1;

namespace Parley.Server.Nodes;

/// <summary>What was forwarded on one call and not answered yet, oldest first, and what answers mean for it. Any
/// thread.</summary>
internal sealed class UnansweredBatches(Proposer proposer)
{
    private const int BatchesMax = 64;

    private readonly Lock gate = new();
    private readonly Queue<(long Batch, ulong[] Numbers)> unanswered = new();

    /// <summary>Whether another batch may be sent.</summary>
    public bool HasRoom
    {
        get
        {
            lock (gate)
            {
                return unanswered.Count < BatchesMax;
            }
        }
    }

    /// <summary>These proposals are about to be sent, in this order.</summary>
    public void Add(long batch, IReadOnlyList<ulong> numbers)
    {
        lock (gate)
        {
            unanswered.Enqueue((batch, [.. numbers]));
        }
    }

    /// <summary>The leader has said what became of a batch; whoever waits for what it did not append is told.</summary>
    /// <exception cref="InvalidOperationException">It was not asked for that batch, or has answered it.</exception>
    public void Answered(ForwardResponse answer)
    {
        ulong[] numbers;
        lock (gate)
        {
            (long Batch, ulong[] Numbers) oldest;
            do
            {
                if (!unanswered.TryDequeue(out oldest) || oldest.Batch > answer.Batch)
                {
                    throw new InvalidOperationException("answers to forwarded commands came out of order");
                }
            }
            while (oldest.Batch < answer.Batch); // Those before it were appended whole.

            numbers = oldest.Numbers;
        }

        // First: what is refused is so whether or not a queue was full besides.
        if (answer.Refused.Count > 0)
        {
            proposer.Refused(At(answer.Refused, numbers));
        }

        if (answer.OverloadedPlaces.Count > 0)
        {
            proposer.Overloaded(At(answer.OverloadedPlaces, numbers));
        }
        else if (answer.Overloaded > 0)
        {
            proposer.Overloaded(numbers[^Math.Min(answer.Overloaded, numbers.Length)..]);
        }
    }

    private static ulong[] At(IEnumerable<int> places, ulong[] numbers) =>
        [.. places.Where(place => place >= 0 && place < numbers.Length).Select(place => numbers[place])];
}
