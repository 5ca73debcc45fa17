using Parley.Core.Delivery;
using Parley.Core.Log.V1;
using Parley.Core.Storage;

namespace Parley.Core;

/// <content>Histories, the list of accounts, and what may be purged.</content>
internal sealed partial class ChatReader
{
    private Statement SelectAccountsNamed => field ??= database.Prepare(
        """
        SELECT number, deleted_at_us FROM accounts WHERE name = $name ORDER BY deleted_at_us <> 0, number DESC
        """);

    private Statement SelectPair => field ??= database.Prepare(
        "SELECT number FROM conversations WHERE low_account = $low_account AND high_account = $high_account");

    private Statement SelectAccounts => field ??= database.Prepare(
        """
        SELECT number, name, password_hash, created_at_us, live_session, role, disabled_at_us FROM accounts
        WHERE name > $after_name AND deleted_at_us = 0 ORDER BY name
        """);

    /// <summary>Messages between two accounts, or of a room (<c>#name</c>) the account is in, with a sequence above
    /// <paramref name="afterSequence"/>, in order.</summary>
    public HistoryPage ReadHistory(
        long account, string withName, long afterSequence, int messagesMax, int bytesMax) =>
        ReadPage(account, withName, (conversation, messages) =>
        {
            var page = new PageBudget(messagesMax, bytesMax);
            var next = Math.Max(afterSequence + 1, conversation.FirstReadable);
            while (next <= conversation.HeadSequence && !page.IsFull)
            {
                next += TakeBlock(conversation, next, page, messages);
            }

            return next <= conversation.HeadSequence;
        });

    /// <summary>As <see cref="ReadHistory"/>, from the other end: the last messages with a sequence below
    /// <paramref name="beforeSequence"/>, in order too. More means older ones. Looks at no more messages than the page
    /// has, and a few beside it, however long the conversation is.</summary>
    public HistoryPage ReadHistoryBack(
        long account, string withName, long beforeSequence, int messagesMax, int bytesMax) =>
        ReadPage(account, withName, (conversation, messages) =>
        {
            var page = new PageBudget(messagesMax, bytesMax);
            var next = Math.Min(beforeSequence - 1, conversation.HeadSequence);
            if (next >= conversation.FirstReadable)
            {
                next -= TakeBack(conversation, next, page, messages);
            }

            return next >= conversation.FirstReadable;
        });

    /// <summary>Accounts whose name matches (<c>*</c> and <c>?</c>), above <paramref name="afterName"/>, by name.
    /// </summary>
    public IReadOnlyList<AccountFacts> ListAccounts(string pattern, string afterName, int accountsMax)
    {
        BeginRead();
        try
        {
            var accounts = new List<AccountFacts>();
            var select = SelectAccounts.Start().WithText(afterName);
            while (accounts.Count < accountsMax && select.Step())
            {
                var name = select.Text(1);
                if (Wildcard.Matches(pattern, name))
                {
                    accounts.Add(new AccountFacts(
                        select.Int64(0), name, select.Text(2), select.Int64(3), select.Int64(4))
                    {
                        Role = (AccountRole)select.Int32(5),
                        DisabledAtUs = select.Int64(6),
                    });
                }
            }

            select.End();
            return accounts;
        }
        finally
        {
            EndIfOpen();
        }
    }

    /// <summary>The next Purge worth proposing at this log time, or null; at most this many rows.</summary>
    /// <remarks>Looks at a bounded part of the conversations and goes on there at the next call.</remarks>
    public Purge? FindPurge(long timeUs, int rowsMax)
    {
        BeginRead();
        try
        {
            return purgeSearch.Find(database, timeUs, rowsMax);
        }
        finally
        {
            EndIfOpen();
        }
    }

    /// <param name="account">Who reads.</param>
    /// <param name="withName">Whom with, or where.</param>
    /// <param name="take">Takes the page's messages, in order; true: there are more.</param>
    private HistoryPage ReadPage(
        long account, string withName, Func<ConversationPicture, List<StoredMessage>, bool> take)
    {
        var appliedIndex = BeginRead();
        try
        {
            var found = withName.StartsWith('#')
                ? FindRoomConversation(account, withName[1..])
                : FindConversationWith(account, withName);
            var messages = new List<StoredMessage>();
            var hasMore = found is { } conversation && take(conversation, messages);
            return new HistoryPage
            {
                AppliedIndex = appliedIndex,
                Conversation = found?.Number ?? 0,
                FirstSequenceKept = found?.FirstReadable ?? 1,
                DeliveredSequence = found?.Delivered(account) ?? 0,
                HeadSequence = found?.HeadSequence ?? 0,
                Messages = messages,
                HasMore = hasMore,
            };
        }
        finally
        {
            EndIfOpen();
        }
    }

    /// <summary>From this sequence back, as many as fit and may be read; they are added in order.</summary>
    private int TakeBack(
        in ConversationPicture conversation, long last, PageBudget page, List<StoredMessage> messages)
    {
        foreach (var row in walk.ReadBack(conversation, last))
        {
            if (row.Sequence < conversation.FirstReadable || !page.TryTake(row.TextBytes))
            {
                break;
            }

            messages.Add(Named(conversation, row));
            if (page.IsFull)
            {
                break;
            }
        }

        messages.Reverse();
        return messages.Count;
    }

    private int TakeBlock(
        in ConversationPicture conversation, long first, PageBudget page, List<StoredMessage> messages)
    {
        var taken = 0;
        foreach (var row in walk.ReadBlock(conversation, first))
        {
            if (!page.TryTake(row.TextBytes))
            {
                break;
            }

            messages.Add(Named(conversation, row));
            taken++;
        }

        return taken;
    }

    /// <summary>With the living account of that name; only where none lives, with the last one that had it.</summary>
    private ConversationPicture? FindConversationWith(long account, string name)
    {
        var candidates = new List<long>();
        var select = SelectAccountsNamed.Start().WithText(name);
        var someoneLives = false;
        while (select.Step())
        {
            someoneLives |= select.Int64(1) == 0;
            if (!someoneLives || candidates.Count == 0)
            {
                candidates.Add(select.Int64(0));
            }
        }

        foreach (var candidate in candidates)
        {
            var pair = SelectPair.Start().With(Math.Min(account, candidate)).With(Math.Max(account, candidate));
            if (pair.Step())
            {
                var number = pair.Int64(0);
                pair.End();
                return FindConversation(number, account);
            }
        }

        return null;
    }
}
