using CsCheck;
using Parley.Core;
using Parley.Core.Delivery;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>Random histories against the naive model and against other ways to the same state.</summary>
/// <remarks>A failure prints its seed; the environment variable <c>CsCheck_Seed</c> takes it back.</remarks>
public sealed class ModelTests
{
    private const int Page = 1_000;

    [Fact]
    public void Every_history_gives_the_outcomes_and_pages_of_the_naive_model() =>
        Deed.Histories(1, 150).Sample(RunAgainstModel, iter: 60);

    [Fact]
    public void The_same_log_in_other_batches_gives_the_same_digest() =>
        Gen.Select(Deed.Histories(10, 120), Gen.Int[1, 9].Array[1, 20]).Sample(
            (history, sizes) =>
            {
                using var one = new TestChat();
                var log = Play(one, new NaiveChat(), history);
                using var other = ChatState.OpenInMemory();

                var (at, batch) = (0, 0);
                while (at < log.Count)
                {
                    var size = Math.Min(sizes[batch++ % sizes.Length], log.Count - at);
                    other.Apply(log.GetRange(at, size));
                    at += size;
                }

                Assert.Equal(one.State.Digest, other.Digest);
                Assert.Equal(other.ScanDigest(), other.Digest);
            },
            iter: 30);

    [Fact]
    public void A_snapshot_at_any_index_and_the_log_after_it_give_the_same_state() =>
        Deed.Histories(5, 40).Sample(
            history =>
            {
                using var whole = new TestChat();
                var log = Play(whole, new NaiveChat(), history);
                var outcomes = Outcomes(log);
                using var state = ChatState.OpenInMemory();
                for (var at = 0; at < log.Count; at++)
                {
                    using var restored = ChatState.OpenInMemory(state.CopyBytes());
                    var replayed = restored.Apply(log.GetRange(at, log.Count - at));

                    Assert.Equal(whole.State.Digest, restored.Digest);
                    Assert.Equal(outcomes[at..], replayed.Commands);
                    state.Apply([log[at]]);
                }
            },
            iter: 6);

    [Fact]
    public void Entries_that_were_applied_before_change_nothing() =>
        Deed.Histories(5, 60).Sample(
            history =>
            {
                using var chat = new TestChat();
                var log = Play(chat, new NaiveChat(), history);
                var digest = chat.State.Digest;

                var again = chat.State.Apply(log);

                Assert.Empty(again.Commands);
                Assert.Empty(again.AccountsToRing);
                Assert.Equal(digest, chat.State.Digest);
                Assert.Equal(digest, chat.State.ScanDigest());
            },
            iter: 10);

    /// <summary>Whatever happens: left rooms, cut histories, accounts that go.</summary>
    [Fact]
    public void Read_marks_never_go_back_and_never_pass_what_was_delivered() =>
        Deed.Histories(50, 150).Sample(
            history =>
            {
                using var chat = new TestChat();
                var model = new NaiveChat();
                var highest = new Dictionary<(long Account, long Conversation), long>();
                foreach (var (minutes, makeCommand) in Deed.ToCommands(history))
                {
                    chat.Pass(TimeSpan.FromMinutes(minutes));
                    ApplyToBoth(chat, model, makeCommand);
                    foreach (var account in model.Accounts.Where(account => !account.IsDeleted))
                    {
                        Climb(chat, account.Number, highest);
                    }
                }
            },
            iter: 20);

    private static void Climb(
        TestChat chat, long account, Dictionary<(long Account, long Conversation), long> highest)
    {
        foreach (var each in chat.Reader.ListConversations(account, long.MaxValue, Page).Conversations)
        {
            var before = highest.GetValueOrDefault((account, each.Number));
            Assert.InRange(each.ReadSequence, before, each.DeliveredSequence);
            Assert.InRange(each.Unread, 0, each.HeadSequence - each.ReadSequence);
            highest[(account, each.Number)] = each.ReadSequence;
        }
    }

    private static List<CommittedEntry> Play(TestChat chat, NaiveChat model, Deed[] history)
    {
        foreach (var (minutes, makeCommand) in Deed.ToCommands(history))
        {
            chat.Pass(TimeSpan.FromMinutes(minutes));
            ApplyToBoth(chat, model, makeCommand);
        }

        return chat.Log;
    }

    private static AppliedCommand[] Outcomes(List<CommittedEntry> log)
    {
        using var state = ChatState.OpenInMemory();
        return [.. state.Apply(log).Commands];
    }

    private static void RunAgainstModel(Deed[] history)
    {
        using var chat = new TestChat();
        var model = new NaiveChat();
        var screens = new Dictionary<long, Screen>();
        foreach (var (minutes, makeCommand) in Deed.ToCommands(history))
        {
            chat.Pass(TimeSpan.FromMinutes(minutes));
            ApplyToBoth(chat, model, makeCommand);

            // Not after every command, and with pages of every size.
            if (chat.State.AppliedIndex % 3 == 0)
            {
                Follow(chat, model, screens, (int)(chat.State.AppliedIndex % 7) + 1);
            }
        }

        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
        Assert.Equal(
            model.Audit.AsEnumerable().Reverse(),
            chat.Reader.ReadAudit(long.MaxValue, Page).Select(row => (row.Actor, $"{row.Act}", row.Subject)));
        foreach (var account in model.Accounts.Where(account => !account.IsDeleted))
        {
            CompareReads(chat, model, account);
            CompareCredentials(chat, model, account);
        }
    }

    private static void CompareCredentials(TestChat chat, NaiveChat model, NaiveAccount account)
    {
        var credentials = chat.State.Directory.Credentials;
        var failures = credentials.FindFailures(LoginFailureFacts.HashOf(account.Name));
        Assert.Equal(
            model.Failures.GetValueOrDefault(Commands.NameHash(account.Name)), (failures.Count, failures.LastAtUs));
        Assert.Equal(
            model.Tokens.Where(token => token.Account == account.Number).Select(token => (token.Number, token.Session)),
            credentials.ListTokens(account.Number).Select(token => (token.Number, token.Session)));
        Assert.All(
            Enumerable.Range(0, 6).Select(Commands.Address),
            address => Assert.Equal(
                account.Addresses.Contains(address),
                credentials.IsKnown(account.Number, Bytes16.From(address.Span))));
    }

    private static void ApplyToBoth(
        TestChat chat, NaiveChat model, Func<NaiveChat, long, LoggedCommand> makeCommand)
    {
        var command = makeCommand(model, chat.NowUs);
        var outcome = chat.Apply(command);
        Assert.Equal(model.Apply(command, chat.State.AppliedIndex, chat.NowUs), outcome);
    }

    /// <summary>Streams that stay open see everything in order, whatever the size of their pages; and what was shown
    /// and changed since is told, so that a screen shows what there is.</summary>
    private static void Follow(
        TestChat chat, NaiveChat model, Dictionary<long, Screen> screens, int pageMessages)
    {
        foreach (var account in model.Accounts.Where(account => !account.IsDeleted))
        {
            if (!screens.TryGetValue(account.Number, out var screen))
            {
                screens[account.Number] = screen = new Screen();
            }

            var expected = model.Undelivered(account.Number)
                .Where(message => message.Sequence > screen.Cursor.LastSent.GetValueOrDefault(message.Conversation))
                .Select(message => message.LogIndex).Order().ToArray();
            var sent = new List<long>();
            DeliveryPage page;
            do
            {
                page = chat.Reader.ReadDelivery(account.Number, screen.Cursor, pageMessages, Page);
                Assert.InRange(page.Messages.Count, 0, pageMessages);
                Assert.False(page.ChangesMissed);
                sent.AddRange(page.Messages.Select(message => message.LogIndex));
                screen.Show(page);
            }
            while (page.HasMore);

            Assert.Equal(expected, sent.Order());
            Assert.All(
                screen.Shown,
                shown => Assert.Equal(TextFor(account.Number, shown.Key, model) ?? shown.Value, shown.Value));
        }
    }

    /// <summary>What a message says to an account now; null where there is nothing for it any more.</summary>
    private static string? TextFor(long account, (long Conversation, long Sequence) place, NaiveChat model)
    {
        var mayRead = model.Room(place.Conversation) is not { } room
            || (model.IsInside(place.Conversation, account) && !room.IsClosed
                && place.Sequence >= room.People[account].First
                && place.Sequence <= room.People[account].Delivered);
        return mayRead ? model.Find(place.Conversation, place.Sequence)?.Text : null;
    }

    private static void CompareReads(TestChat chat, NaiveChat model, NaiveAccount account)
    {
        var facts = chat.State.Directory.FindAccount(account.Name)!;
        Assert.Equal(
            (account.IsAdministrator, account.IsDisabled, account.Password),
            (facts.IsAdministrator, facts.DisabledAtUs != 0, facts.PasswordHash));
        var delivery = chat.Reader.ReadDelivery(account.Number, new DeliveryCursor(), Page, 1 << 20);
        Assert.Equal(
            model.Undelivered(account.Number).Select(message => (message.LogIndex, message.Sequence, message.Text)),
            delivery.Messages.Select(message => (message.LogIndex, message.Sequence, message.Text)));
        Assert.Empty(delivery.Changed);
        CompareRooms(chat, model, account.Number);
        CompareUnread(chat, model, account.Number);
        foreach (var conversation in model.Conversations.Where(each => each.Has(account.Number)))
        {
            var other = conversation.One == account.Number ? conversation.Other : conversation.One;
            if (model.Living(other) is { } partner)
            {
                var page = chat.Reader.ReadHistory(account.Number, partner.Name, 0, Page, 1 << 20);
                Assert.Equal(conversation.FirstKept, page.FirstSequenceKept);
                Assert.Equal(conversation.Mark(account.Number), page.DeliveredSequence);
                Assert.Equal(conversation.Kept.Select(each => Facts(each, model)), page.Messages.Select(Facts));
                CompareBack(chat, account.Number, partner.Name, page);
            }
        }
    }

    /// <summary>From the other end it is the same, whatever the pages' size.</summary>
    private static void CompareBack(TestChat chat, long account, string with, HistoryPage forward)
    {
        var size = 1 + (forward.Messages.Count % 5);
        var back = new List<StoredMessage>();
        HistoryPage page;
        var before = long.MaxValue;
        do
        {
            page = chat.Reader.ReadHistoryBack(account, with, before, size, 1 << 20);
            Assert.Equal(forward.FirstSequenceKept, page.FirstSequenceKept);
            back.InsertRange(0, page.Messages);
            before = page.Messages.Select(each => each.Sequence).FirstOrDefault();
        }
        while (page.HasMore);
        Assert.Equal(forward.Messages, back);
    }

    private static void CompareUnread(TestChat chat, NaiveChat model, long account)
    {
        Assert.Equal(
            model.ConversationsOf(account),
            chat.Reader.ListConversations(account, long.MaxValue, Page).Conversations.Select(each => (
                each.With, each.DeliveredSequence, each.ReadSequence, each.Unread, each.LastAtUs)));
        var receipts = chat.Reader.ReadDelivery(account, new DeliveryCursor(), Page, 1 << 20).Receipts;
        Assert.All(receipts, receipt =>
        {
            var talk = model.Conversations.Find(each => each.Number == receipt.Conversation)!;
            var other = talk.One == account ? talk.Other : talk.One;
            Assert.Equal(model.ToldBy(talk, other), receipt.ReadSequence);
            Assert.InRange(receipt.ReadSequence, 0, receipt.DeliveredSequence);
        });
    }

    private static void CompareRooms(TestChat chat, NaiveChat model, long account)
    {
        Assert.Equal(
            model.VisibleRooms(account),
            chat.Reader.ListRooms(account, "*", "", onlyOwn: false, Page).Select(room => (
                room.Name, room.Topic, room.Owner, room.Members, room.HeadSequence, room.Standing, room.IsMuted,
                room.DeliveredSequence)));
        foreach (var room in model.Rooms.Where(room => !room.IsClosed))
        {
            var page = chat.Reader.ReadHistory(account, $"#{room.Name}", 0, Page, 1 << 20);
            var members = chat.Reader.ListRoomMembers(room.Talk.Number, account, "", Page);
            if (!model.IsInside(room.Talk.Number, account))
            {
                Assert.Equal(0, page.Conversation);
                Assert.Empty(page.Messages);
                Assert.Null(members);
                continue;
            }

            var first = room.People[account].First;
            Assert.Equal(Math.Max(room.Talk.FirstKept, first), page.FirstSequenceKept);
            Assert.Equal(
                room.Talk.Kept.Where(each => each.Sequence >= first).Select(each => Facts(each, model)),
                page.Messages.Select(Facts));
            CompareBack(chat, account, $"#{room.Name}", page);
            Assert.Equal(
                model.MembersOf(room),
                members!.Select(each => (
                    each.Name, each.Standing, each.IsOwner, each.IsMuted, each.IsBarred, each.DeliveredSequence)));
            Assert.All(members!, each => Assert.Equal(
                model.Accounts.Where(one => one.Name == each.Name && model.IsInside(room.Talk.Number, one.Number))
                    .Select(one => model.ToldBy(room.Talk, one.Number)).SingleOrDefault(),
                each.ReadSequence));
        }
    }

    private static (long, string, long, long, string) Facts(StoredMessage message) =>
        (message.Sequence, message.Text, message.EditedAtUs, message.DeletedAtUs, message.DeletedBy);

    private static (long, string, long, long, string) Facts(NaiveMessage message, NaiveChat model) => (
        message.Sequence, message.Text, message.EditedAtUs, message.DeletedAtUs,
        message.DeletedBy == 0 ? "" : model.Accounts[(int)message.DeletedBy - 1].Name);

    /// <summary>What a stream's client shows.</summary>
    private sealed class Screen
    {
        public DeliveryCursor Cursor { get; } = new();

        public Dictionary<(long Conversation, long Sequence), string> Shown { get; } = [];

        public void Show(DeliveryPage page)
        {
            foreach (var message in page.Changed.Concat(page.Messages))
            {
                Shown[(message.Conversation, message.Sequence)] = message.Text;
            }
        }
    }
}
