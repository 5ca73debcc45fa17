using Parley.Core.Delivery;
using Parley.Core.Storage;

namespace Parley.Core;

/// <summary>Reads the state on a connection of its own; each call is one read transaction of at most a page.</summary>
internal sealed partial class ChatReader : IDisposable
{
    private const int NamesMax = 10_000;

    private readonly Database database;
    private readonly bool ownsDatabase;
    private readonly DeliveryFeeds feeds;
    private readonly PurgeSearch purgeSearch;
    private readonly MessageWalk walk;

    // Names never change, those of deleted accounts included.
    private readonly Dictionary<long, string> names = [];

    internal ChatReader(Database database, bool ownsDatabase, DeliveryFeeds feeds, PurgeSearch purgeSearch)
    {
        this.database = database;
        this.ownsDatabase = ownsDatabase;
        this.feeds = feeds;
        this.purgeSearch = purgeSearch;
        walk = new MessageWalk(database);
    }

    private Statement BeginTransaction => field ??= database.Prepare("BEGIN");

    private Statement EndTransaction => field ??= database.Prepare("ROLLBACK");

    private Statement SelectApplied => field ??= database.Prepare("SELECT applied_index FROM chat WHERE id = 1");

    private Statement SelectName => field ??= database.Prepare("SELECT name FROM accounts WHERE number = $number");

    private Statement SelectConversation => field ??= database.Prepare(
        """
        SELECT low_account, high_account, head_sequence, head_position, first_kept, low_delivered, high_delivered
        FROM conversations WHERE number = $number
        """);

    public void Dispose()
    {
        // A reader of a state in memory stands on the state's own connection.
        if (ownsDatabase)
        {
            database.Dispose();
        }
    }

    private long BeginRead()
    {
        if (ownsDatabase)
        {
            BeginTransaction.Start().Run();
        }

        var applied = SelectApplied.Start();
        Invariant.Holds(applied.Step());
        var index = applied.Int64(0);
        applied.End();
        return index;
    }

    private void EndIfOpen()
    {
        if (ownsDatabase)
        {
            EndTransaction.Start().Run();
        }
    }

    private string GetName(long account)
    {
        if (names.TryGetValue(account, out var known))
        {
            return known;
        }

        var select = SelectName.Start().With(account);
        Invariant.Holds(select.Step());
        var name = select.Text(0);
        select.End();
        if (names.Count >= NamesMax)
        {
            names.Clear();
        }

        names.Add(account, name);
        return name;
    }

    /// <summary>As this account sees it; a room it is not in is not there.</summary>
    private ConversationPicture? FindConversation(long conversation, long account)
    {
        var select = SelectConversation.Start().With(conversation);
        if (!select.Step())
        {
            return null;
        }

        var picture = new ConversationPicture(
            conversation, select.Int64(0), select.Int64(1), select.Int64(2), select.Int64(3), select.Int64(4),
            select.Int64(5), select.Int64(6));
        select.End();
        if (picture.LowAccount != 0)
        {
            return picture;
        }

        return FindPlace(conversation, account) is not { } place
            ? null
            : picture with
            {
                RoomName = place.RoomName,
                FirstReadable = Math.Max(picture.FirstKept, place.FirstSequence),
                DeliveredInRoom = place.Delivered,
            };
    }

    private StoredMessage Named(in ConversationPicture conversation, in MessageRow row) => new()
    {
        Conversation = conversation.Number,
        Sequence = row.Sequence,
        Client = row.Client,
        Counter = row.Counter,
        Sender = GetName(row.Sender),
        Recipient = conversation.RoomName is { } room ? $"#{room}" : GetName(conversation.Other(row.Sender)),
        Text = row.Text,
        SentAtUs = row.SentAtUs,
        LogIndex = row.Position,
        EditedAtUs = row.EditedAtUs,
        DeletedAtUs = row.DeletedAtUs,
        DeletedBy = row.DeletedBy == 0 ? "" : GetName(row.DeletedBy),
    };
}

/// <summary>A page of a delivery stream.</summary>
internal sealed record DeliveryPage
{
    public required long AppliedIndex { get; init; }

    public required IReadOnlyList<StoredMessage> Messages { get; init; }

    public required IReadOnlyList<ReceiptFacts> Receipts { get; init; }

    /// <summary>What was dropped from rooms before it was delivered; to be told before the messages.</summary>
    public required IReadOnlyList<GapFacts> Gaps { get; init; }

    /// <summary>Messages that this stream's client has, or has acknowledged, as they are since they were edited or
    /// deleted.</summary>
    public required IReadOnlyList<StoredMessage> Changed { get; init; }

    /// <summary>There were more of these, and nobody can name them any more.</summary>
    public required bool ChangesMissed { get; init; }

    /// <summary>The account's rooms are not as they were.</summary>
    public required bool RoomsChanged { get; init; }

    /// <summary>There was more than fitted: read again without waiting for the bell.</summary>
    public required bool HasMore { get; init; }
}

/// <summary>A stored message with the names clients see.</summary>
internal sealed record StoredMessage
{
    public required long Conversation { get; init; }

    public required long Sequence { get; init; }

    public required ulong Client { get; init; }

    public required ulong Counter { get; init; }

    public required string Sender { get; init; }

    /// <summary>A room's with its '#'.</summary>
    public required string Recipient { get; init; }

    public required string Text { get; init; }

    public required long SentAtUs { get; init; }

    public required long LogIndex { get; init; }

    /// <summary>When its text was last replaced; 0: it is as it was sent.</summary>
    public long EditedAtUs { get; init; }

    /// <summary>When it was deleted, and its text with it; 0: it was not.</summary>
    public long DeletedAtUs { get; init; }

    /// <summary>Who did that; empty for nobody.</summary>
    public string DeletedBy { get; init; } = "";
}

/// <summary>How far a member has acknowledged a conversation, and read it as far as others may know.</summary>
internal readonly record struct ReceiptFacts(
    long Conversation, string Member, long DeliveredSequence, long ReadSequence);

/// <summary>Sequences of a room that are gone, from the first to the last.</summary>
internal readonly record struct GapFacts(long Conversation, string RoomName, long FirstSequence, long LastSequence);

/// <summary>A page of a conversation.</summary>
internal sealed record HistoryPage
{
    public required long AppliedIndex { get; init; }

    /// <summary>0 while there is no conversation.</summary>
    public required long Conversation { get; init; }

    public required long FirstSequenceKept { get; init; }

    /// <summary>The reading account's delivered mark.</summary>
    public required long DeliveredSequence { get; init; }

    /// <summary>The last message's; 0 before the first.</summary>
    public required long HeadSequence { get; init; }

    public required IReadOnlyList<StoredMessage> Messages { get; init; }

    public required bool HasMore { get; init; }
}
