using Parley.Client;
using Parley.Verbs.Chat;

namespace Parley.Tests.Program;

/// <summary>What the prompt says is unread elsewhere.</summary>
public sealed class UnreadCountsTests
{
    private readonly UnreadCounts counts = new();

    [Fact]
    public void What_the_cluster_said_and_what_came_since_is_counted_once()
    {
        Arrive("bob", 4);
        counts.Learn([Told("bob", unread: 3, last: 4), Told("#ops", unread: 1_000, last: 2_000, isLeast: true)]);
        Arrive("bob", 4);
        Arrive("bob", 5);
        Arrive("bob", 5);
        Arrive("#dev", 1, namesReader: true);

        Assert.Equal(["#dev 1!", "#ops 1000+", "bob 4"], counts.Elsewhere(than: null));
        Assert.Equal(["#dev 1!", "bob 4"], counts.Elsewhere(than: "#ops"));
        Assert.Equal(4, counts.With("bob"));
    }

    /// <summary>What a history shows is all that was unread, or not.</summary>
    [Theory]
    [InlineData("bob", 2, false)]
    [InlineData("bob", 3, true)]
    [InlineData("#ops", 1_000, false)]
    [InlineData("carol", 0, true)]
    public void So_many_lines_are_all_that_is_unread(string with, long lines, bool expected)
    {
        counts.Learn([Told("bob", unread: 3, last: 4), Told("#ops", unread: 1_000, last: 5_000, isLeast: true)]);

        Assert.Equal(expected, counts.IsAll(with, lines));
    }

    [Fact]
    public void What_was_looked_at_is_read_up_to_there()
    {
        counts.Learn([Told("bob", unread: 3, last: 7)]);
        Arrive("bob", 8, namesReader: true);
        Arrive("bob", 9);
        Assert.False(counts.Read("carol", 1));

        Assert.True(counts.Read("bob", 8));
        Assert.Equal(["bob 1"], counts.Elsewhere(than: null));
        Assert.False(counts.Read("bob", 3));
        Assert.True(counts.Read("bob", 9));
        Assert.Empty(counts.Elsewhere(than: null));
    }

    /// <summary>The question and what somebody looks at meanwhile cross on the way.</summary>
    [Fact]
    public void An_answer_from_before_a_look_does_not_bring_back_what_was_read()
    {
        Arrive("bob", 1);
        Arrive("bob", 2);
        counts.Read("bob", 2);

        counts.Learn([Told("bob", unread: 2, last: 2)]);
        Assert.Empty(counts.Elsewhere(than: null));
        counts.Learn([Told("bob", unread: 3, last: 3)]);
        Assert.Equal(["bob 1"], counts.Elsewhere(than: null));
    }

    [Fact]
    public void What_another_program_has_read_is_learned()
    {
        Arrive("bob", 1);
        Arrive("bob", 2);

        counts.Learn([Told("bob", unread: 0, last: 2)]);

        Assert.Empty(counts.Elsewhere(than: null));
    }

    [Fact]
    public void A_flood_is_counted_to_the_end()
    {
        for (var sequence = 1; sequence <= 5_000; sequence++)
        {
            Arrive("#ops", sequence);
        }

        Assert.Equal(["#ops 5000"], counts.Elsewhere(than: null));
        counts.Read("#ops", 5_000);
        Assert.Empty(counts.Elsewhere(than: null));
    }

    [Fact]
    public void A_room_that_was_left_is_forgotten_and_a_person_is_not()
    {
        Arrive("#ops", 1);
        Arrive("#dev", 1);
        Arrive("bob", 1);

        counts.KeepRooms(room => room == "#dev");

        Assert.Equal(["#dev 1", "bob 1"], counts.Elsewhere(than: null));
    }

    [Theory]
    [InlineData(80, "#ops [#dev 3!, bob 12, carol 1]> ")]
    [InlineData(60, "#ops [#dev 3!, bob 12, +1]> ")]
    [InlineData(40, "#ops [#dev 3!, +2]> ")]
    [InlineData(30, "#ops [+3]> ")]
    [InlineData(10, "#ops [+3]> ")]
    public void The_prompt_takes_half_of_the_columns(int columns, string prompt) =>
        Assert.Equal(prompt, PromptText.Of("#ops", ["#dev 3!", "bob 12", "carol 1"], columns));

    [Fact]
    public void A_prompt_without_anybody_or_anything_is_short()
    {
        Assert.Equal("> ", PromptText.Of("", [], 80));
        Assert.Equal("bob> ", PromptText.Of("bob", [], 80));
        Assert.Equal("[bob 1]> ", PromptText.Of("", ["bob 1"], 80));
        Assert.Equal(
            "bob [1 1, 2 1, 3 1, 4 1, 5 1, 6 1, 7 1, 8 1, 9 1, 10 1, +90]> ",
            PromptText.Of("bob", [.. Enumerable.Range(1, 100).Select(number => $"{number} 1")], 200));
    }

    private void Arrive(string with, long sequence, bool namesReader = false) => counts.Arrived(
        new ChatMessage
        {
            Conversation = with,
            Sequence = sequence,
            MessageId = new MessageId(1, (ulong)sequence),
            From = with.StartsWith('#') ? "dave" : with,
            To = with.StartsWith('#') ? with : "alice",
            SentAt = DateTimeOffset.UnixEpoch,
            Text = "hello",
            LogIndex = sequence,
        },
        namesReader);

    private static ConversationEntry Told(string with, long unread, long last, bool isLeast = false) => new()
    {
        With = with,
        Conversation = with,
        Unread = unread,
        UnreadIsLeast = isLeast,
        LastSequence = last,
        LastAt = DateTimeOffset.UnixEpoch,
        DeliveredSequence = last,
        ReadSequence = 0,
    };
}
