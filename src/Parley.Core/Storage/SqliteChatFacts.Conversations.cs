using Parley.Core.Delivery;
using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Conversations, those of rooms included, their marks, and what is undelivered.</content>
internal sealed partial class SqliteChatFacts
{
    private const long DayUs = 86_400_000_000;

    private readonly Dictionary<long, ConversationRow> conversations = [];
    private readonly Dictionary<(long Low, long High), ConversationRow> conversationsByPair = [];
    private readonly Dictionary<long, InboxRow> inboxes = [];

    private Statement SelectConversation => field ??= database.Prepare(
        """
        SELECT number, low_account, high_account, head_sequence, head_position, low_messages, low_bytes, high_bytes,
               first_kept, low_delivered, low_acked_messages, low_acked_bytes, high_delivered, high_acked_messages,
               high_acked_bytes, settled_sequence, settled_at_us
        FROM conversations WHERE number = $number
        """);

    private Statement SelectPair => field ??= database.Prepare(
        "SELECT number FROM conversations WHERE low_account = $low_account AND high_account = $high_account");

    private Statement SelectMemberships => field ??= database.Prepare(
        "SELECT conversation FROM memberships WHERE account = $account ORDER BY conversation");

    private Statement InsertConversation => field ??= database.Prepare(
        """
        INSERT INTO conversations (
            number, low_account, high_account, head_sequence, head_position, low_messages, low_bytes, high_bytes,
            first_kept, low_delivered, low_acked_messages, low_acked_bytes, high_delivered, high_acked_messages,
            high_acked_bytes, settled_sequence, settled_at_us)
        VALUES (
            $number, $low_account, $high_account, $head_sequence, $head_position, $low_messages, $low_bytes,
            $high_bytes, $first_kept, $low_delivered, $low_acked_messages, $low_acked_bytes, $high_delivered,
            $high_acked_messages, $high_acked_bytes, $settled_sequence, $settled_at_us)
        """,
        Schema.Conversations);

    private Statement UpdateConversation => field ??= database.Prepare(
        """
        UPDATE conversations
        SET head_sequence = $head_sequence, head_position = $head_position, low_messages = $low_messages,
            low_bytes = $low_bytes, high_bytes = $high_bytes, first_kept = $first_kept,
            low_delivered = $low_delivered, low_acked_messages = $low_acked_messages,
            low_acked_bytes = $low_acked_bytes, high_delivered = $high_delivered,
            high_acked_messages = $high_acked_messages, high_acked_bytes = $high_acked_bytes,
            settled_sequence = $settled_sequence, settled_at_us = $settled_at_us
        WHERE number = $number
        """,
        Schema.Conversations);

    private Statement UpdateHead => field ??= database.Prepare(
        """
        UPDATE conversations
        SET head_sequence = $head_sequence, head_position = $head_position, low_messages = $low_messages,
            low_bytes = $low_bytes, high_bytes = $high_bytes
        WHERE number = $number
        """,
        Schema.Conversations);

    private Statement UpdateMarks => field ??= database.Prepare(
        """
        UPDATE conversations
        SET low_delivered = $low_delivered, low_acked_messages = $low_acked_messages,
            low_acked_bytes = $low_acked_bytes, high_delivered = $high_delivered,
            high_acked_messages = $high_acked_messages, high_acked_bytes = $high_acked_bytes,
            settled_sequence = $settled_sequence, settled_at_us = $settled_at_us
        WHERE number = $number
        """,
        Schema.Conversations);

    private Statement InsertMembership => field ??= database.Prepare(
        "INSERT INTO memberships (account, conversation) VALUES ($account, $conversation)", Schema.Memberships);

    private Statement SelectInbox => field ??= database.Prepare(
        "SELECT account, messages, bytes FROM inboxes WHERE account = $account");

    private Statement UpsertInbox => field ??= database.Prepare(
        "INSERT OR REPLACE INTO inboxes (account, messages, bytes) VALUES ($account, $messages, $bytes)",
        Schema.Inboxes);

    private Statement DeleteInbox => field ??= database.Prepare("DELETE FROM inboxes WHERE account = $account");

    private Statement InsertFloor => field ??= database.Prepare(
        "INSERT INTO floors (conversation, sequence, reached_at_us) VALUES ($conversation, $sequence, $reached_at_us)",
        Schema.Floors);

    public ConversationFacts? FindConversation(long conversation) => LoadConversation(conversation)?.Facts;

    public ConversationFacts? FindConversation(long account, long other)
    {
        var pair = (Math.Min(account, other), Math.Max(account, other));
        if (conversationsByPair.TryGetValue(pair, out var cached))
        {
            return cached.Facts;
        }

        // A pair that is only in memory is in the dictionary, so the file may be asked without writing first.
        var select = SelectPair.Start().With(pair.Item1).With(pair.Item2);
        if (!select.Step())
        {
            return null;
        }

        var number = select.Int64(0);
        select.End();
        return FindConversation(number);
    }

    public ConversationFacts AddConversation(long account, long other, long nowUs)
    {
        var row = new ConversationRow
        {
            Number = nextConversation++,
            LowAccount = Math.Min(account, other),
            HighAccount = Math.Max(account, other),
            SettledAtUs = nowUs,
        };
        Cache(row);
        Touch(row, ConversationParts.Rest);
        AddMembership(row.LowAccount, row.Number);
        if (!row.IsWithOneself)
        {
            AddMembership(row.HighAccount, row.Number);
        }

        return row.Facts;
    }

    public InboxFacts GetInbox(long account)
    {
        var inbox = LoadInbox(account);
        return new InboxFacts(inbox.Messages, inbox.Bytes);
    }

    public void MoveMark(long conversation, long account, long sequence, long nowUs)
    {
        var row = LoadConversation(conversation) ?? throw new InvariantBrokenException("the conversation is there");
        ref var mark = ref row.Mark(account);
        Invariant.Holds(sequence > mark.Delivered && sequence <= row.HeadSequence);
        var sent = sequence == row.HeadSequence ? row.Sent : ReadTotals(row, sequence);
        PinReadMark(conversation, account, mark.Delivered);
        var delivered = mark.Delivered;
        mark.Delivered = sequence;
        if (!row.IsWithOneself)
        {
            var (messages, bytes) = account == row.LowAccount
                ? (sent.HighMessages, sent.HighBytes)
                : (sent.LowMessages, sent.LowBytes);
            if (messages != mark.AckedMessages)
            {
                var growth = ReadGrowth(row, account, delivered, sequence);
                CountInbox(account, mark.AckedMessages - messages, mark.AckedBytes - bytes - growth);
            }

            mark.AckedMessages = messages;
            mark.AckedBytes = bytes;
        }

        MoveSettled(row, nowUs);
        Touch(row, ConversationParts.Marks);
        if (sequence == row.HeadSequence)
        {
            News.Changes.Add(new DeliveryChange(account, conversation, DeliveryChangeKind.Caught, 0));
        }

        TellReceipt(row, account);
    }

    /// <summary>Follows what every recipient has acknowledged; remembers per day how far that was.</summary>
    private void MoveSettled(ConversationRow row, long nowUs)
    {
        Settle(row, Math.Min(SettledFor(row, row.LowAccount), SettledFor(row, row.HighAccount)), nowUs);
    }

    private void Settle(ConversationRow row, long settled, long nowUs)
    {
        if (settled <= row.SettledSequence)
        {
            return;
        }

        if (row.SettledSequence >= row.FirstKept && row.SettledAtUs / DayUs != nowUs / DayUs)
        {
            digest += writer.Start(Schema.Floors, InsertFloor)
                .Add(row.Number).Add(row.SettledSequence).Add(row.SettledAtUs).Write();
        }

        row.SettledSequence = settled;
        row.SettledAtUs = nowUs;
        Touch(row, ConversationParts.Marks);
    }

    /// <summary>A member holds up retention only by messages that are for it and not acknowledged.</summary>
    private long SettledFor(ConversationRow row, long account)
    {
        if (!accounts.ContainsKey(account))
        {
            return row.HeadSequence;
        }

        ref var mark = ref row.Mark(account);
        var received = account == row.LowAccount ? row.Sent.HighMessages : row.Sent.LowMessages;
        return !row.IsWithOneself && received == mark.AckedMessages ? row.HeadSequence : mark.Delivered;
    }

    private void LeaveConversations(long account, long nowUs)
    {
        var numbers = new List<long>();
        var select = SelectMemberships.Start().With(account);
        while (select.Step())
        {
            numbers.Add(select.Int64(0));
        }

        foreach (var number in numbers)
        {
            MoveSettled(LoadConversation(number) ?? throw new InvariantBrokenException("memberships name it"), nowUs);
            ForgetReadMark(number, account);
        }
    }

    private void AddMembership(long account, long conversation) =>
        digest += writer.Start(Schema.Memberships, InsertMembership).Add(account).Add(conversation).Write();

    private void CountInbox(long account, long messages, long bytes)
    {
        var inbox = LoadInbox(account);
        inbox.Messages += messages;
        inbox.Bytes += bytes;
        Invariant.Holds(inbox.Messages >= 0 && inbox.Bytes >= 0);
        Touch(inbox);
    }

    private InboxRow LoadInbox(long account)
    {
        if (inboxes.TryGetValue(account, out var cached))
        {
            return cached;
        }

        var row = new InboxRow { Account = account };
        var select = SelectInbox.Start().With(account);
        if (select.Step())
        {
            row.Messages = select.Int64(1);
            row.Bytes = select.Int64(2);
            row.StoredHash = rowHash.OfRow(Schema.Inboxes, select);
            row.IsStored = true;
            select.End();
        }

        inboxes.Add(account, row);
        return row;
    }

    private void DropInbox(long account)
    {
        var row = LoadInbox(account);
        DeleteInbox.Start().With(account).Run();
        Drop(row);
        inboxes.Remove(account);
    }

    private UInt128 WriteInbox(InboxRow row) =>
        writer.Start(Schema.Inboxes, UpsertInbox).Add(row.Account).Add(row.Messages).Add(row.Bytes).Write();

    private ConversationRow? LoadConversation(long conversation)
    {
        if (conversations.TryGetValue(conversation, out var cached))
        {
            return cached;
        }

        var select = SelectConversation.Start().With(conversation);
        if (!select.Step())
        {
            return null;
        }

        var row = new ConversationRow
        {
            Number = conversation,
            LowAccount = select.Int64(1),
            HighAccount = select.Int64(2),
            Sent = new SentTotals(select.Int64(3), select.Int64(5), select.Int64(6), select.Int64(7)),
            HeadPosition = select.Int64(4),
            FirstKept = select.Int64(8),
            SettledSequence = select.Int64(15),
            SettledAtUs = select.Int64(16),
            Low = ReadMark(select, 9),
            High = ReadMark(select, 12),
            StoredHash = rowHash.OfRow(Schema.Conversations, select),
            IsStored = true,
        };
        select.End();
        Cache(row);
        return row;
    }

    private static MemberMark ReadMark(Statement row, int column) => new()
    {
        Delivered = row.Int64(column),
        AckedMessages = row.Int64(column + 1),
        AckedBytes = row.Int64(column + 2),
    };

    private void Cache(ConversationRow row)
    {
        conversations.Add(row.Number, row);
        conversationsByPair.Add((row.LowAccount, row.HighAccount), row);
    }

    private void Touch(ConversationRow row, ConversationParts parts)
    {
        row.Changed |= parts;
        Touch(row);
    }

    private UInt128 WriteConversation(ConversationRow row)
    {
        var statement = row.Changed switch
        {
            _ when !row.IsStored => InsertConversation,
            ConversationParts.Head => UpdateHead,
            ConversationParts.Marks => UpdateMarks,
            _ => UpdateConversation,
        };
        row.Changed = ConversationParts.None;
        return writer.Start(Schema.Conversations, statement)
            .Add(row.Number).Add(row.LowAccount).Add(row.HighAccount).Add(row.HeadSequence).Add(row.HeadPosition)
            .Add(row.Sent.LowMessages).Add(row.Sent.LowBytes).Add(row.Sent.HighBytes).Add(row.FirstKept)
            .Add(row.Low.Delivered).Add(row.Low.AckedMessages).Add(row.Low.AckedBytes)
            .Add(row.High.Delivered).Add(row.High.AckedMessages).Add(row.High.AckedBytes)
            .Add(row.SettledSequence).Add(row.SettledAtUs).Write();
    }
}
