using Parley.Core.Delivery;
using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>How far members have read.</content>
/// <remarks>
/// A member has a row from its first acknowledgement or mark on; without one, everything delivered counts as read. So
/// nothing that was delivered before there were read marks is unread, nor what was said before somebody joined a room,
/// and no step that writes a row for every member there is was ever needed.
/// </remarks>
internal sealed partial class SqliteChatFacts
{
    // Rows that are there, and (null) those that are known not to be.
    private readonly Dictionary<(long Conversation, long Account), ReadMarkRow?> readMarks = [];

    private Statement SelectReadMark => field ??= database.Prepare(
        """
        SELECT conversation, account, sequence, told FROM read_marks
        WHERE conversation = $conversation AND account = $account
        """);

    private Statement UpsertReadMark => field ??= database.Prepare(
        """
        INSERT OR REPLACE INTO read_marks (conversation, account, sequence, told)
        VALUES ($conversation, $account, $sequence, $told)
        """,
        Schema.ReadMarks);

    private Statement DeleteReadMark => field ??= database.Prepare(
        "DELETE FROM read_marks WHERE conversation = $conversation AND account = $account");

    public ReadMarkFacts GetReadMark(long conversation, long account) =>
        FindReadMark(conversation, account)?.Facts ?? new ReadMarkFacts(DeliveredTo(conversation, account), Told: 0);

    public void MoveReadMark(long conversation, long account, in ReadMarkFacts mark)
    {
        var before = GetReadMark(conversation, account);
        Invariant.Holds(mark.Sequence >= before.Sequence && mark.Told >= before.Told && mark.Told <= mark.Sequence);
        Invariant.Holds(mark.Sequence <= DeliveredTo(conversation, account));
        PutReadMark(conversation, account, mark);
        if (mark.Told > before.Told && LoadConversation(conversation) is { IsRoom: false } direct)
        {
            TellReceipt(direct, account);
        }
    }

    /// <summary>Before a delivered mark moves: what was delivered until now counts as read, what comes does not.
    /// </summary>
    private void PinReadMark(long conversation, long account, long delivered)
    {
        if (StateVersion >= StateVersions.ReadMarks && FindReadMark(conversation, account) is null)
        {
            PutReadMark(conversation, account, new ReadMarkFacts(delivered, Told: 0));
        }
    }

    private void ForgetReadMark(long conversation, long account)
    {
        if (FindReadMark(conversation, account) is { } row)
        {
            DeleteReadMark.Start().With(conversation).With(account).Run();
            Drop(row);
            readMarks[(conversation, account)] = null;
        }
    }

    private void PutReadMark(long conversation, long account, in ReadMarkFacts mark)
    {
        if (FindReadMark(conversation, account) is { } row)
        {
            row.Facts = mark;
        }
        else
        {
            row = new ReadMarkRow { Conversation = conversation, Account = account, Facts = mark };
            readMarks[(conversation, account)] = row;
        }

        Touch(row);
    }

    private ReadMarkRow? FindReadMark(long conversation, long account)
    {
        if (readMarks.TryGetValue((conversation, account), out var known))
        {
            return known;
        }

        ReadMarkRow? row = null;
        var select = SelectReadMark.Start().With(conversation).With(account);
        if (select.Step())
        {
            row = new ReadMarkRow
            {
                Conversation = conversation,
                Account = account,
                Facts = new ReadMarkFacts(select.Int64(2), select.Int64(3)),
                StoredHash = rowHash.OfRow(Schema.ReadMarks, select),
                IsStored = true,
            };
            select.End();
        }

        readMarks.Add((conversation, account), row);
        return row;
    }

    private long DeliveredTo(long conversation, long account)
    {
        var row = LoadConversation(conversation) ?? throw new InvariantBrokenException("the conversation is there");
        return row.IsRoom ? LoadMembers(rooms[conversation])[account].Facts.Delivered : row.Facts.Delivered(account);
    }

    /// <summary>The other member's stream has something to tell.</summary>
    private void TellReceipt(ConversationRow row, long account)
    {
        var other = row.Other(account);
        if (!row.IsWithOneself && accounts.ContainsKey(other))
        {
            News.AccountsToRing.Add(other);
            News.Changes.Add(new DeliveryChange(other, row.Number, DeliveryChangeKind.Receipt, 0));
        }
    }

    private void TrimReadMarks()
    {
        if (readMarks.Count > CachedRowsMax)
        {
            readMarks.Clear();
        }
    }

    private UInt128 WriteReadMark(ReadMarkRow row) =>
        writer.Start(Schema.ReadMarks, UpsertReadMark)
            .Add(row.Conversation).Add(row.Account).Add(row.Facts.Sequence).Add(row.Facts.Told).Write();
}
