using Parley.Verify;
using Parley.Verify.Checkers;

namespace Parley.Tests.Verify;

/// <summary>The checkers of edits, deletions and read marks pass the good history and name what is wrong in bad ones.
/// </summary>
public sealed class ChangeCheckerTests
{
    private static readonly History Good = ChangedHistory.Good();

    [Fact]
    public void A_good_history_breaks_nothing_and_everything_was_judged()
    {
        var changes = AllCheckers.JudgeChanges(Good);
        var others = AllCheckers.Judge(Good, everythingDelivered: true).Concat(AllCheckers.JudgeAccounts(Good));

        Assert.All(changes.Concat(others), verdict => Assert.True(verdict.Holds, verdict.ToString()));
        Assert.All(changes, verdict => Assert.True(verdict.Judged > 0, verdict.ToString()));
    }

    [Theory]
    [InlineData("word 4")]
    [InlineData("who knows")]
    public void An_edit_that_nobody_answered_is_there_or_not(string text) => Assert.All(
        AllCheckers.JudgeChanges(Stored(4, text, isDeleted: false, node: null)),
        verdict => Assert.True(verdict.Holds, verdict.ToString()));

    [Fact]
    public void Nodes_that_have_come_together_say_the_same_of_what_nobody_answered()
    {
        var found = Good.Reads[0].Messages[3].Text;
        var other = found == "word 4" ? "who knows" : "word 4";

        AssertBroken(Stored(4, other, isDeleted: false), "C17", "the same was expected on all", found, other);
    }

    [Theory]
    [InlineData("Receive")]
    [InlineData("Changed")]
    [InlineData("Shown")]
    public void A_text_of_another_message_is_named_also_where_nothing_was_edited(string seenBy)
    {
        var kind = Enum.Parse<HistoryKind>(seenBy);
        var line = Good.Events.Single(line => line is { Kind: HistoryKind.Receive, Sequence: 5 });
        var wrong = line with { Kind = kind, Text = "best", SinceUs = kind == HistoryKind.Shown ? 0 : null };

        AssertBroken(Good with { Events = [.. Good.Events, wrong] }, "C17", "\"best\", which nobody wrote there");
    }

    [Fact]
    public void A_read_of_another_client_may_be_as_old_as_what_that_client_has_seen()
    {
        var read = Good.Events.Single(line => line is { Kind: HistoryKind.Shown, Sequence: 2 });
        var back = read with { Text = "word 2", Deleted = null };
        var done = Good.Events.First(line => line is { RequestId: "r3", Phase: HistoryPhase.Ok });
        var at = Replaced(done, done with { LogIndex = 30 });

        Assert.True(ChangeChecker.DeletedStays(Replaced(read, back with { SeenIndex = 29 }, at)).Holds);
        AssertBroken(Replaced(read, back with { SeenIndex = 30 }, at), "C16", "bob#1", "word 2");
    }

    [Fact]
    public void What_another_checker_judges_is_as_it_was_sent_and_what_nobody_wrote_there_is_left()
    {
        var asSent = MessageChanges.Undo(Good);
        var swapped = MessageChanges.Undo(Stored(5, "best", isDeleted: false));

        Assert.All(asSent.Reads, read => Assert.Equal(
            ["word 1", "word 2", "word 3", "word 4", "word 5"], read.Messages.Select(message => message.Text)));
        Assert.False(StorageChecker.NoPhantom(swapped).Holds);
    }

    [Theory]
    [InlineData(1, "word 1")]
    [InlineData(1, "better")]
    [InlineData(4, "best")]
    public void A_text_that_an_answered_edit_replaced_or_that_is_of_another_is_named(long sequence, string text) =>
        AssertBroken(Stored(sequence, text, isDeleted: false), "C17", "node 2", text);

    [Theory]
    [InlineData(2, "word 2")]
    [InlineData(3, "third")]
    [InlineData(3, "too late")]
    public void A_text_of_what_was_deleted_is_named(long sequence, string text) =>
        AssertBroken(Stored(sequence, text, isDeleted: false), "C16", "node 2", text);

    [Theory]
    [InlineData(1, "")]
    [InlineData(5, "")]
    [InlineData(2, "word 2")]
    public void A_tombstone_that_nobody_asked_for_or_that_says_something_is_named(long sequence, string text) =>
        AssertBroken(Stored(sequence, text, isDeleted: true), "C16", "which nobody asked for");

    [Fact]
    public void A_read_that_began_after_a_deletion_was_answered_shows_no_text()
    {
        var read = Good.Events.Single(line => line is { Kind: HistoryKind.Shown, Sequence: 2 });
        var back = read with { Text = "word 2", Deleted = null };
        var done = Good.Events.First(line => line is { RequestId: "r3", Phase: HistoryPhase.Ok }).AtUs;

        AssertBroken(Replaced(read, back), "C16", "bob#1", "word 2");
        Assert.All(
            AllCheckers.JudgeChanges(Replaced(read, back with { SinceUs = done })),
            verdict => Assert.True(verdict.Holds, verdict.ToString()));
    }

    [Fact]
    public void A_stream_of_a_later_login_shows_no_text_of_what_was_deleted_and_one_of_an_earlier_may()
    {
        var tombstone = Good.Events.Single(line => line is { Kind: HistoryKind.Receive, Sequence: 2 });
        var back = tombstone with { Text = "word 2", Deleted = null };

        AssertBroken(Replaced(tombstone, back), "C16", "the stream of bob#2");
        Assert.True(ChangeChecker.DeletedStays(Replaced(tombstone, back with { Client = "bob#1" })).Holds);
    }

    [Theory]
    [InlineData(1, "word 1", "C17", "\"best\" was told there before")]
    [InlineData(1, "better", "C17", "\"best\" was told there before")]
    [InlineData(3, "third", "C16", "was told as deleted there before")]
    public void What_a_client_was_told_by_its_streams_does_not_go_back(
        long sequence, string text, string property, string expected)
    {
        var last = Good.Events.Last(line => line is { Kind: HistoryKind.Changed } && line.Sequence == sequence);
        var back = last with { AtUs = last.AtUs + 1, Text = text, Deleted = null };

        AssertBroken(
            Good with { Events = [.. Good.Events, back] }, property, "the stream of bob#1", expected);
    }

    [Fact]
    public void An_edit_of_what_was_deleted_before_is_not_answered_as_done()
    {
        var refused = Good.Events.Single(line => line is { RequestId: "r6", Phase: HistoryPhase.Fail });

        AssertBroken(Replaced(refused, refused with { Phase = HistoryPhase.Ok, Error = null }), "C16", "too late");
    }

    [Fact]
    public void Nobody_is_told_that_a_message_is_deleted_which_is_not()
    {
        var invoke = Good.Events.Single(line => line is { RequestId: "r6", Phase: HistoryPhase.Invoke });
        var refused = Good.Events.Single(line => line is { RequestId: "r6", Phase: HistoryPhase.Fail });
        var bad = Replaced(
            invoke, invoke with { Sequence = 5 }, Replaced(refused, refused with { Sequence = 5 }));

        AssertBroken(bad, "C16", "told that sequence 5");
    }

    [Fact]
    public void Who_asks_again_for_what_was_answered_is_answered_the_same()
    {
        var again = Good.Events.Last(line => line is { RequestId: "r1", Phase: HistoryPhase.Ok });
        var refused = again with { Phase = HistoryPhase.Fail, Error = "MESSAGE_DELETED" };

        AssertBroken(Replaced(again, refused), "C17", "asked for again it was refused");
    }

    [Fact]
    public void A_read_mark_that_goes_back_is_named()
    {
        var last = Good.Events.Last(line => line.Kind == HistoryKind.Mark);

        AssertBroken(Replaced(last, last with { Sequence = 4 }), "C18", "up to 4", "knew of 5");
    }

    [Fact]
    public void Any_other_text_of_the_history_at_a_changed_message_is_noticed()
    {
        var texts = Good.Events.Select(line => line.Text).OfType<string>().Distinct().ToList();
        foreach (var sequence in (long[])[1, 2, 3])
        {
            var right = Good.Reads[0].Messages[(int)sequence - 1].Text;
            foreach (var text in texts.Where(text => text != right))
            {
                Assert.Contains(
                    AllCheckers.JudgeChanges(Stored(sequence, text, isDeleted: false)), verdict => !verdict.Holds);
            }
        }
    }

    private static void AssertBroken(History history, string property, params string[] expected)
    {
        var verdict = AllCheckers.JudgeChanges(history)
            .Single(one => string.Equals(one.Property.Number, property, StringComparison.Ordinal));

        Assert.False(verdict.Holds);
        Assert.Contains(
            verdict.Violations,
            violation => expected.All(part => violation.Contains(part, StringComparison.Ordinal)));
    }

    /// <summary>One node has another text there; null: all have.</summary>
    private static History Stored(long sequence, string text, bool isDeleted, int? node = 2) => Good with
    {
        Reads = [.. Good.Reads.Select(read => node is { } one && read.Node != one ? read : read with
        {
            Messages = [.. read.Messages.Select(message => message.Sequence == sequence
                ? message with { Text = text, Deleted = isDeleted ? true : null }
                : message)],
        })],
    };

    private static History Replaced(HistoryEvent line, HistoryEvent other, History? history = null)
    {
        var whole = history ?? Good;
        return whole with { Events = [.. whole.Events.Select(one => one == line ? other : one)] };
    }
}
