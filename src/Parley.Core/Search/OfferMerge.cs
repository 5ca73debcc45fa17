namespace Parley.Core.Search;

/// <summary>What an index offers for many conversations, in one order: the newest position first, each once.</summary>
/// <remarks>
/// The conversations with the newest messages are asked one by one, those behind them in ever larger groups, and each
/// only when nothing newer is left elsewhere: a page of frequent words touches few of them, and rare words cost few
/// questions. An index that lies changes the offers, not their order.
/// </remarks>
internal sealed class OfferMerge
{
    private const int OffersAtOnce = 128;
    private const int ConversationsAtOnceMax = 64;
    private const int TermsAtOnceMax = 256;

    private readonly IMessageIndex index;
    private readonly IReadOnlyList<string> terms;
    private readonly Func<bool> isOver;
    private readonly PriorityQueue<Group, long> groups = new();

    /// <param name="index">Who is asked.</param>
    /// <param name="terms">For what.</param>
    /// <param name="conversations">By their newest message, the newest first.</param>
    /// <param name="before">Only smaller positions.</param>
    /// <param name="isOver">Then nothing more is asked.</param>
    public OfferMerge(
        IMessageIndex index,
        IReadOnlyList<string> terms,
        IReadOnlyList<(long Number, long HeadPosition)> conversations,
        long before,
        Func<bool> isOver)
    {
        this.index = index;
        this.terms = terms;
        this.isOver = isOver;
        Start = conversations.Count == 0 ? before : Math.Min(conversations[0].HeadPosition + 1, before);
        Reached = Start;
        var most = Math.Clamp(TermsAtOnceMax / terms.Count, 1, ConversationsAtOnceMax);
        for (int first = 0, size; first < conversations.Count; first += size)
        {
            size = Math.Min(Math.Clamp(first, 1, most), conversations.Count - first);
            var numbers = conversations.Skip(first).Take(size).Select(conversation => conversation.Number).ToList();
            Add(new Group(numbers), Math.Min(conversations[first].HeadPosition, before - 1));
        }
    }

    /// <summary>Where it begins: only positions below are offered.</summary>
    public long Start { get; }

    /// <summary>No position from here on is offered any more.</summary>
    public long Reached { get; private set; }

    /// <summary>It stopped for its time: there may be more below <see cref="Reached"/>.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The next positions, some of at most so many; none: it is at the end, or cut.</summary>
    public IReadOnlyList<long> Next(int positionsMax)
    {
        var next = new List<long>();
        while (next.Count < positionsMax && groups.TryPeek(out var group, out var bound))
        {
            if (group.Offers.TryPeek(out var position))
            {
                groups.Dequeue();
                group.Offers.Dequeue();
                if (position < Reached)
                {
                    next.Add(position);
                    Reached = position;
                }

                AddAgain(group, position);
            }
            else if (next.Count > 0)
            {
                break; // They may be enough.
            }
            else
            {
                Reached = Math.Min(Reached, 1 - bound);
                IsCut |= isOver();
                if (IsCut)
                {
                    break;
                }

                groups.Dequeue();
                Ask(group);
            }
        }

        return next;
    }

    /// <param name="group">Is in no queue.</param>
    private void Ask(Group group)
    {
        var question = new IndexQuestion(group.Conversations, terms, Reached, OffersAtOnce);
        var offers = index.Offer(question, isOver, out var isCut);
        IsCut = isCut;
        foreach (var position in offers)
        {
            group.Offers.Enqueue(position);
        }

        group.HasMore = IsCut || (offers.Count >= OffersAtOnce && offers[^1] < Reached);
        AddAgain(group, Reached);
    }

    private void AddAgain(Group group, long taken)
    {
        if (group.Offers.TryPeek(out var position))
        {
            Add(group, position);
        }
        else if (group.HasMore)
        {
            Add(group, taken - 1);
        }
    }

    /// <param name="group">Comes in its turn.</param>
    /// <param name="newest">It offers nothing above.</param>
    private void Add(Group group, long newest) => groups.Enqueue(group, -newest);

    /// <summary>Conversations that are asked about together.</summary>
    private sealed class Group(IReadOnlyList<long> conversations)
    {
        public IReadOnlyList<long> Conversations => conversations;

        public Queue<long> Offers { get; } = new();

        /// <summary>When there are no offers left, it is asked again.</summary>
        public bool HasMore { get; set; } = true;
    }
}
