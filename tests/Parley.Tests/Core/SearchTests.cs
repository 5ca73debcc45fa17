using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Core.Search;
using Parley.Core.Storage;

namespace Parley.Tests.Core;

/// <summary>Who finds what, whatever the index says.</summary>
[Trait("Promise", "8")]
public sealed class SearchTests : IDisposable
{
    private readonly IndexedChat indexed = new();
    private readonly TestChat chat;
    private readonly Person alice;
    private readonly Person bob;
    private readonly Person carol;

    public SearchTests()
    {
        chat = indexed.Chat;
        alice = chat.Person("alice");
        bob = chat.Person("bob");
        carol = chat.Person("carol");
    }

    public void Dispose() => indexed.Dispose();

    [Fact]
    public void Both_find_what_was_said_between_them_and_nobody_else_does()
    {
        chat.Stored(alice, bob, "the key is under the mat");
        chat.Stored(bob, alice, "which key?");
        chat.Stored(bob, carol, "no news");
        indexed.Follow();

        Assert.Equal(["which key?", "the key is under the mat"], indexed.Texts(alice, "key"));
        Assert.Equal(["which key?", "the key is under the mat"], indexed.Texts(bob, "KEY"));
        Assert.Equal(["the key is under the mat"], indexed.Texts(bob, "mat key", with: "alice"));
        Assert.Empty(indexed.Texts(bob, "key", with: "carol"));
        Assert.Empty(indexed.Texts(carol, "key"));
        Assert.False(indexed.Search(carol, "key", with: "alice").KnowsPartner);
    }

    [Fact]
    public void A_room_is_searched_by_who_is_in_it_from_where_they_may_read()
    {
        var open = chat.Room(alice, "ops");
        var closed = chat.Room(alice, "board", byInvitation: true);
        chat.Say(alice, open, "secret one");
        chat.Say(alice, closed, "secret two");
        chat.Join(open, bob);
        chat.InRoom(alice, closed, RoomMemberChange.Invite, bob);
        indexed.Follow();
        Assert.Equal(["secret one"], indexed.Texts(bob, "secret"));

        chat.Join(closed, bob);
        chat.Say(alice, closed, "secret three");
        indexed.Follow();
        Assert.Equal(["secret three", "secret one"], indexed.Texts(bob, "secret"));
        Assert.Equal(["secret three"], indexed.Texts(bob, "secret", with: "#board"));
        Assert.Equal(["secret three", "secret two", "secret one"], indexed.Texts(alice, "secret"));
        Assert.Empty(indexed.Texts(carol, "secret"));

        chat.InRoom(bob, open, RoomMemberChange.Leave);
        chat.InRoom(alice, closed, RoomMemberChange.Remove, bob);
        Assert.Empty(indexed.Texts(bob, "secret"));
        Assert.False(indexed.Search(bob, "secret", with: "#board").KnowsPartner);
    }

    [Fact]
    public void What_is_gone_from_the_state_is_not_found_although_the_index_still_has_it()
    {
        chat.Apply(Commands.ChangeSettings(0, TestChat.DeliveredOnly));
        var gone = chat.Stored(alice, bob, "burn after reading");
        chat.Stored(alice, bob, "burn the candle");
        chat.Acknowledge(bob, gone.Conversation, 1);
        indexed.Follow();

        chat.Apply(Commands.Purge(forgetExpired: false, (gone.Conversation, 1)));

        Assert.Equal([gone.LogIndex], chat.Last.DroppedMessages);
        Assert.Equal(["burn the candle"], indexed.Texts(alice, "burn"));
        indexed.Follow(chat.Last.DroppedMessages);
        Assert.DoesNotContain(gone.LogIndex, indexed.Index.ListPositions(0, 100));
        Assert.Equal(["burn the candle"], indexed.Texts(alice, "burn"));
    }

    /// <summary>Also where the index did not look for a while: it goes on from where it is, a few at a time.</summary>
    [Fact]
    [Trait("Promise", "9")]
    public void What_was_edited_or_deleted_is_found_and_indexed_as_it_is_now()
    {
        chat.Apply(Commands.RaiseVersion(StateVersions.Newest));
        var stored = Enumerable.Range(0, 150).Select(number => chat.Stored(alice, bob, $"old {number}")).ToArray();
        indexed.Follow();
        foreach (var message in stored[..75])
        {
            var request = TestChat.RequestId($"{message.Sequence}");
            chat.Apply(Commands.Edit(alice.Session, request, message.Conversation, message.Sequence, "new"));
        }

        foreach (var message in stored[75..])
        {
            var request = TestChat.RequestId($"{message.Sequence}");
            chat.Apply(Commands.Delete(alice.Session, request, message.Conversation, message.Sequence));
        }

        Assert.Empty(indexed.Texts(bob, "old"));
        chat.Stored(alice, bob, "new as well");
        indexed.Follow();

        Assert.Equal(76, indexed.Texts(bob, "new").Count);
        Assert.All(indexed.Search(bob, "new").Messages.Skip(1), message => Assert.NotEqual(0, message.EditedAtUs));
        var terms = SearchQuery.Find("old", out _)!.Terms;
        var question = new IndexQuestion([stored[0].Conversation], terms, long.MaxValue, PositionsMax: 9);
        Assert.Empty(indexed.Index.Offer(question, () => false, out _));
        Assert.Equal(151, indexed.Index.ListPositions(0, 1_000).Count);
    }

    [Fact]
    public void An_index_that_lies_gives_nobody_anything()
    {
        var room = chat.Room(alice, "board", byInvitation: true);
        chat.Say(alice, room, "secret before");
        chat.InRoom(alice, room, RoomMemberChange.Invite, bob);
        chat.Join(room, bob);
        chat.Say(alice, room, "secret after");
        chat.Stored(alice, carol, "secret aside");
        chat.Stored(alice, bob, "no such word");
        chat.Stored(alice, bob, "secret for bob");
        var everything = new Everything(chat.State.AppliedIndex);

        var found = indexed.Search(bob, "secret", index: everything).Messages.Select(message => message.Text);

        Assert.Equal(["secret for bob", "secret after"], found);
    }

    [Fact]
    public void Pages_hold_everything_once_the_newest_first()
    {
        var room = chat.Room(alice, "ops");
        for (var number = 0; number < 300; number++)
        {
            _ = number % 3 == 0 ? chat.Say(alice, room, $"word {number}") : chat.Send(alice, bob, $"word {number}");
        }

        indexed.Follow();
        var found = new List<string>();
        for (long? before = long.MaxValue; before is not null;)
        {
            var page = indexed.Search(alice, "word", before: before.Value, messagesMax: 7);
            found.AddRange(page.Messages.Select(message => message.Text));
            before = page.GoOnBefore;
        }

        Assert.Equal(Enumerable.Range(0, 300).Reverse().Select(number => $"word {number}"), found);
    }

    [Fact]
    public void A_search_that_takes_too_long_says_so()
    {
        chat.Stored(alice, bob, "word");
        indexed.Follow();

        var page = indexed.Search(alice, "word", isOver: () => true);

        Assert.Empty(page.Messages);
        Assert.True(page.IsIncomplete);
        Assert.False(indexed.Search(alice, "word").IsIncomplete);
    }

    /// <summary>However often it is interrupted: the next page goes on where it was, as long as every conversation can
    /// be asked once.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(40)]
    public void A_search_that_was_interrupted_goes_on_with_the_next_page(int glances)
    {
        var rooms = new[] { chat.Room(alice, "ops"), chat.Room(alice, "board") };
        for (var number = 0; number < 120; number++)
        {
            _ = number % 4 < 2 ? chat.Say(alice, rooms[number % 4], $"a {number} b") : chat.Send(
                alice, number % 4 == 2 ? bob : carol, number % 8 == 2 ? $"a b {number}" : $"b a {number}");
        }

        indexed.Follow();
        var found = new List<string>();
        var pages = 0;
        for (long? before = long.MaxValue; before is not null; pages++)
        {
            var left = glances;
            var page = indexed.Search(
                alice, "\"a b\"", before: before.Value, index: new Unhurried(indexed.Index), isOver: () => left-- <= 0);
            Assert.False(page.IsIncomplete);
            Assert.True(page.GoOnBefore is null || page.GoOnBefore < before);
            found.AddRange(page.Messages.Select(message => message.Text));
            before = page.GoOnBefore;
        }

        var expected = Enumerable.Range(0, 120).Reverse().Where(number => number % 8 == 2);
        Assert.Equal(expected.Select(number => $"a b {number}"), found);
        Assert.InRange(pages, 2, 200);
    }

    /// <summary>What <c>history</c> does not show under a name is not found under it.</summary>
    [Fact]
    public void A_name_that_another_has_now_hides_what_was_said_with_the_one_before()
    {
        chat.Stored(alice, bob, "word of old");
        chat.Apply(Commands.DeleteAccount(bob));
        indexed.Follow();
        Assert.Equal(["word of old"], indexed.Texts(alice, "word"));

        var another = chat.Person("bob");
        indexed.Follow();
        Assert.Empty(indexed.Texts(alice, "word", with: "bob"));
        Assert.Empty(indexed.Texts(another, "word"));
        Assert.Equal(indexed.Texts(alice, "word", with: "bob"), indexed.Texts(alice, "word"));
    }

    [Fact]
    public void Who_has_more_conversations_than_are_looked_into_finds_in_the_newest_and_is_told()
    {
        for (var number = 0; number <= SearchRun.ConversationsMax; number++)
        {
            chat.Send(alice, chat.Account($"p{number}"), $"word {number}");
        }

        indexed.Follow();

        var page = indexed.Search(alice, "word", messagesMax: SearchRun.ConversationsMax * 2);
        Assert.True(page.IsIncomplete);
        Assert.Equal(
            Enumerable.Range(1, SearchRun.ConversationsMax).Reverse().Select(number => $"word {number}"),
            page.Messages.Select(message => message.Text));
        Assert.Equal(["word 0"], indexed.Texts(alice, "0", with: "p0"));
        Assert.False(indexed.Search(alice, "0", with: "p0").IsIncomplete);
    }

    [Fact]
    public void Neither_digest_nor_snapshot_knows_of_the_index()
    {
        chat.Stored(alice, bob, "word");
        var before = chat.State.CopyBytes();
        indexed.Follow();
        Assert.Equal(["word"], indexed.Texts(bob, "word"));

        Assert.Equal(before, chat.State.CopyBytes());
        Assert.DoesNotContain(Schema.Replicated, table => table.Name.Contains("words", StringComparison.Ordinal));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    /// <summary>What may be read in the histories is what is found, in every moment of a long story.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_search_finds_what_the_histories_hold(int seed)
    {
        var random = new Random(seed);
        chat.Apply(Commands.RaiseVersion(StateVersions.Newest));
        chat.Apply(Commands.ChangeSettings(0, TestChat.DeliveredOnly));
        var people = new[] { alice, bob, carol, chat.Person("dave") };
        var rooms = new[] { chat.Room(alice, "ops"), chat.Room(bob, "board", byInvitation: true) };
        for (var step = 0; step < 600; step++)
        {
            var (who, other, room) = (Pick(people), Pick(people), rooms[random.Next(rooms.Length)]);
            switch (random.Next(10))
            {
                case 0:
                    chat.InRoom(who, room, (RoomMemberChange)random.Next(1, 5), other);
                    break;
                case 1:
                    chat.Pass(TimeSpan.FromHours(random.Next(40)));
                    break;
                case 2 when chat.Reader.FindPurge(chat.NowUs, 3) is { } purge:
                    chat.Apply(new LoggedCommand { Purge = purge });
                    break;
                case 3:
                    var page = chat.Reader.ReadHistory(who.Account, other.Name, 0, 1_000, 1 << 20);
                    if (page.Messages.Count > 0)
                    {
                        chat.Acknowledge(who, page.Conversation, page.Messages[^1].Sequence);
                    }

                    break;
                case 4:
                    Rewrite(
                        who, random.Next(2) == 0 ? other.Name : "#ops", random.Next(3) == 0 ? null : random.Next(3));
                    break;
                case < 7:
                    chat.Say(who, room, $"word {random.Next(3)} {step}");
                    break;
                default:
                    chat.Send(who, other, $"word {random.Next(3)} {step}");
                    break;
            }

            if (random.Next(3) == 0)
            {
                indexed.Follow(random.Next(2) == 0 ? chat.Last.DroppedMessages : []);
            }

            if (step % 20 == 0)
            {
                indexed.Follow();
                AssertFound(people, $"word {random.Next(3)}");
            }
        }

        Person Pick(Person[] from) => from[random.Next(from.Length)];
    }

    /// <summary>Somebody's last message there, if it is their own.</summary>
    private void Rewrite(Person who, string with, int? word)
    {
        var page = chat.Reader.ReadHistory(who.Account, with, 0, 1_000, 1 << 20);
        if (page.Messages.LastOrDefault(message => message.Sender == who.Name) is { } own)
        {
            var request = TestChat.RequestId($"rewrite {chat.NowUs}");
            chat.Apply(word is null
                ? Commands.Delete(who.Session, request, own.Conversation, own.Sequence)
                : Commands.Edit(who.Session, request, own.Conversation, own.Sequence, $"word {word} rewritten"));
        }
    }

    private void AssertFound(Person[] people, string words)
    {
        var query = SearchQuery.Find(words, out _)!;
        foreach (var who in people)
        {
            var expected = people.Select(person => person.Name).Concat(["#ops", "#board"])
                .SelectMany(with => chat.Reader.ReadHistory(who.Account, with, 0, 1_000, 1 << 20).Messages)
                .Where(message => query.IsIn(message.Text))
                .OrderByDescending(message => message.LogIndex)
                .ToList();
            Assert.Equal(expected, indexed.Search(who, words, messagesMax: 1_000).Messages);
        }
    }

    /// <summary>Answers to the end whatever the time.</summary>
    private sealed class Unhurried(IMessageIndex index) : IMessageIndex
    {
        public IReadOnlyList<long> Offer(in IndexQuestion question, Func<bool> isOver, out bool isCut) =>
            index.Offer(question, () => false, out isCut);
    }

    /// <summary>Offers whatever there may be, everywhere, again and again.</summary>
    private sealed class Everything(long last) : IMessageIndex
    {
        public IReadOnlyList<long> Offer(in IndexQuestion question, Func<bool> isOver, out bool isCut)
        {
            isCut = false;
            var before = question.Before;
            return [.. Enumerable.Range(0, (int)last + 5).Select(number => last + 2 - number)
                .Where(position => position < before).SelectMany(position => new[] { position, position })
                .Take(question.PositionsMax)];
        }
    }
}
