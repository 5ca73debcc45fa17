using Parley.Client;
using Parley.Verbs.Chat;

namespace Parley.Tests.Program;

/// <summary>Which line a command of the chat means, and how one is quoted.</summary>
public sealed class KnownLinesTests
{
    private readonly KnownLines known = new("alice");

    [Theory]
    [InlineData(true, 1, "four")]
    [InlineData(true, 2, "one")]
    [InlineData(true, 3, null)]
    [InlineData(false, 1, "three")]
    [InlineData(false, 2, "two")]
    public void The_last_is_meant_or_the_one_before_and_no_tombstone(bool own, int place, string? text)
    {
        foreach (var (sequence, from, said) in new[]
        {
            (4L, "alice", "four"), (1, "alice", "one"), (2, "bob", "two"), (3, "bob", "three"), (5, "alice", "gone"),
        })
        {
            known.Put(Message(sequence, from, said));
        }

        known.Put(Message(1, "carol", "elsewhere"));
        known.Change(Message(5, "alice", "") with { DeletedAt = DateTimeOffset.UnixEpoch });

        Assert.Equal(text, known.Find(known.With("bob"), own, place)?.Text);
    }

    [Fact]
    public void What_came_is_newer_than_what_was_answered_and_what_is_not_known_is_not_learned_by_a_change()
    {
        known.Put(Message(1, "alice", "edited already"));
        known.PutNew(Message(1, "alice", "as typed"));
        known.Change(Message(2, "bob", "never seen"));

        Assert.Equal(["edited already"], known.With("bob").Select(message => message.Text));
    }

    /// <summary>bob was deleted, and another has his name: what alice said to the first is not hers to take back by
    /// "my last line".</summary>
    [Fact]
    public void A_name_that_is_anothers_now_begins_anew()
    {
        known.Put(Message(50, "alice", "to the first bob"));
        known.Put(Message(1, "alice", "to the second bob") with { Conversation = "d", LogIndex = 90 });
        known.Put(Message(51, "alice", "late, of the first") with { LogIndex = 80 });
        known.Change(Message(1, "alice", "edited, of the first"));

        Assert.Equal(["to the second bob"], known.With("bob").Select(message => message.Text));
    }

    [Fact]
    [Trait("Promise", "9")]
    public void What_may_have_been_changed_without_a_word_is_known_no_more()
    {
        known.Put(Message(1, "bob", "deleted meanwhile"));

        known.Forget();
        known.Put(Message(2, "bob", "new"));

        Assert.Equal(["new"], known.With("bob").Select(message => message.Text));
    }

    [Fact]
    public void So_many_are_kept_of_each_and_the_oldest_go()
    {
        for (var sequence = 1; sequence <= 150; sequence++)
        {
            known.Put(Message(sequence, "bob", $"{sequence}"));
        }

        Assert.Equal(Enumerable.Range(51, 100).Select(each => (long)each), known.With("bob").Select(
            message => message.Sequence));
    }

    [Theory]
    [InlineData("tea?", "> bob: tea?\n")]
    [InlineData("one\ntwo", "> bob: one\n")]
    [InlineData("> alice: tea?\nat four", "> bob: at four\n")]
    [InlineData("> only a quote", "> bob: > only a quote\n")]
    public void A_quote_is_the_first_line_that_is_none(string text, string quote) =>
        Assert.Equal(quote, Quote.Of(Message(1, "bob", text)));

    [Fact]
    public void A_long_line_is_cut_between_characters()
    {
        var quote = Quote.Of(Message(1, "bob", new string('x', 79) + "\U0001F600 and more"));

        Assert.Equal($"> bob: {new string('x', 79)}…\n", quote);
    }

    private static ChatMessage Message(long sequence, string from, string text) => new()
    {
        Conversation = "c",
        Sequence = sequence,
        MessageId = default,
        From = from,
        To = from == "alice" ? "bob" : "alice",
        SentAt = DateTimeOffset.UnixEpoch,
        Text = text,
        LogIndex = sequence,
    };
}
