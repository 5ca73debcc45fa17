using Parley.Core.Delivery;
using Parley.Core.Storage;

namespace Parley.Core.Search;

/// <summary>One search under way: takes what is found, the newest first, and knows how far it came.</summary>
internal sealed class SearchRun
{
    /// <summary>Conversations that one search looks into, those with the newest messages.</summary>
    public const int ConversationsMax = 2_000;

    private readonly SearchQuery query;
    private readonly OfferMerge offers;
    private readonly Func<bool> isOver;
    private readonly PageBudget budget;
    private readonly List<StoredMessage> messages = [];

    /// <summary>What is here or above was decided.</summary>
    private long reached;
    private bool isCut;

    /// <param name="wish">What is wanted.</param>
    /// <param name="offers">Where to look.</param>
    /// <param name="isOver">Whether it has taken its time; one message is looked at in any case, so that the next page
    /// gets further than this one.</param>
    public SearchRun(in SearchWish wish, OfferMerge offers, Func<bool> isOver)
    {
        query = wish.Query;
        this.offers = offers;
        this.isOver = isOver;
        budget = new PageBudget(wish.MessagesMax, wish.BytesMax);
        reached = offers.Start;
    }

    /// <summary>Neither full nor out of time.</summary>
    public bool GoesOn => !budget.IsFull && !isCut;

    /// <summary>Where to look next; nowhere: that was all, or it took too long.</summary>
    public IReadOnlyList<long> Next(int positionsMax) => offers.Next(positionsMax);

    /// <summary>Whether a message that may be shown has what is searched for, and fits.</summary>
    /// <param name="row">Older than those before.</param>
    public bool Wants(in MessageRow row)
    {
        isCut = reached < offers.Start && isOver();
        if (isCut)
        {
            return false;
        }

        var isWanted = query.IsIn(row.Text);
        if (isWanted && !budget.TryTake(row.TextBytes))
        {
            return false;
        }

        reached = row.Position;
        return isWanted;
    }

    public void Found(StoredMessage message) => messages.Add(message);

    /// <param name="appliedIndex">Of the state, when it began.</param>
    /// <param name="knowsPartner">As <see cref="SearchPage.KnowsPartner"/>.</param>
    /// <param name="isLeftOut">There were more conversations than are looked into.</param>
    public SearchPage ToPage(long appliedIndex, bool knowsPartner, bool isLeftOut)
    {
        if (GoesOn)
        {
            isCut = offers.IsCut;
            reached = offers.Reached;
        }

        var goesOn = !GoesOn && reached < offers.Start;
        return new SearchPage
        {
            AppliedIndex = appliedIndex,
            Messages = messages,
            GoOnBefore = goesOn ? reached : null,
            IsIncomplete = isLeftOut || (isCut && !goesOn),
            KnowsPartner = knowsPartner,
        };
    }
}

/// <summary>What is wanted of a search.</summary>
/// <param name="Query">The words.</param>
/// <param name="With">Another account's name, or a room's with a '#' before it; null: wherever the caller may read.
/// </param>
/// <param name="Before">Only smaller positions.</param>
/// <param name="MessagesMax">From 1.</param>
/// <param name="BytesMax">Of text; one message always fits.</param>
internal readonly record struct SearchWish(
    SearchQuery Query, string? With, long Before, int MessagesMax, int BytesMax);

/// <summary>A page of what was found.</summary>
internal sealed record SearchPage
{
    public required long AppliedIndex { get; init; }

    /// <summary>The newest first, by log index.</summary>
    public required IReadOnlyList<StoredMessage> Messages { get; init; }

    /// <summary>What is at this position or above was looked at, what is before it is the next page's; null: there is
    /// no next page.</summary>
    public required long? GoOnBefore { get; init; }

    /// <summary>There may be others that were not looked at, and that no next page has.</summary>
    public required bool IsIncomplete { get; init; }

    /// <summary>False: there is no conversation with whom was named, or no such room that the account is in.</summary>
    public required bool KnowsPartner { get; init; }
}
