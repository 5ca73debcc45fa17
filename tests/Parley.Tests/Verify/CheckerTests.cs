using Parley.Verify;
using Parley.Verify.Checkers;

namespace Parley.Tests.Verify;

/// <summary>Each checker passes the good history and names what is wrong in bad ones.</summary>
public sealed class CheckerTests
{
    private static readonly History Good = SampleHistory.Good();

    [Fact]
    public void A_good_history_breaks_nothing_and_everything_was_judged()
    {
        var verdicts = AllCheckers.Judge(Good, everythingDelivered: true);

        Assert.All(verdicts, verdict => Assert.True(verdict.Holds, verdict.ToString()));
        Assert.All(verdicts, verdict => Assert.True(verdict.Judged > 0, verdict.ToString()));
    }

    [Fact]
    public void An_acknowledged_message_that_one_node_lacks_is_lost()
    {
        var bad = WithStored(2, messages => [.. messages.SkipLast(1)]);

        AssertBroken(bad, "C1", "node 2", "hello 10", "is missing");
    }

    [Fact]
    public void A_conversation_that_no_node_has_is_lost()
    {
        var bad = Good with { Reads = [.. Good.Reads.Select(read => read with { Conversation = "", Messages = [] })] };

        AssertBroken(bad, "C1", "is on no node");
    }

    [Fact]
    public void A_message_that_was_answered_with_another_place_is_lost()
    {
        var bad = WithStored(1, messages => [.. messages.Select(message => message.Sequence switch
        {
            1 => message with { Text = messages[1].Text, MessageId = messages[1].MessageId },
            _ => message,
        })]);

        AssertBroken(bad, "C1", "node 1", "\"hello 1\"", "but \"hello 2\" from alice to bob stands there");
    }

    [Fact]
    public void What_retention_dropped_is_not_lost()
    {
        var kept = Good with
        {
            Reads = [.. Good.Reads.Select(
                read => read with { FirstSequenceKept = 4, Messages = [.. read.Messages.Skip(3)] })],
        };

        var verdicts = AllCheckers.Judge(kept, everythingDelivered: true);
        Assert.All(verdicts, verdict => Assert.True(verdict.Holds, $"{verdict}"));
    }

    [Fact]
    public void An_id_at_two_places_is_doubled()
    {
        var bad = WithStored(3, messages => [.. messages, messages[0] with { Sequence = messages.Count + 1 }]);

        AssertBroken(bad, "C2", "node 3", "stands at sequences 1, 14", "once was expected");
    }

    [Fact]
    public void A_text_under_two_ids_that_was_sent_once_is_doubled()
    {
        var bad = WithStored(3, messages =>
            [.. messages, messages[0] with { Sequence = messages.Count + 1, MessageId = "ff" }]);

        AssertBroken(bad, "C2", "node 3", "\"hello 1\"", "but was sent 1 times");
    }

    [Fact]
    public void A_repeat_that_was_answered_with_another_sequence_is_doubled()
    {
        var answer = Good.Events.First(line => line is { Kind: HistoryKind.Send, Phase: HistoryPhase.Ok });
        var invoke = Good.Events.First(line => line.Operation == answer.Operation && line.Client == answer.Client
            && line is { Kind: HistoryKind.Send, Phase: HistoryPhase.Invoke });
        var bad = Good with
        {
            Events = [.. Good.Events, invoke with { Operation = 999 }, answer with { Operation = 999, Sequence = 7 }],
        };

        AssertBroken(bad, "C2", "was answered with sequences 1, 7");
    }

    [Fact]
    public void A_message_that_nobody_sent_is_a_phantom()
    {
        var bad = WithStored(1, messages =>
            [.. messages, messages[0] with { Sequence = messages.Count + 1, MessageId = "ff", Text = "boo" }]);

        AssertBroken(bad, "C3", "node 1", "\"boo\"", "nobody sent it");
    }

    [Fact]
    public void A_message_whose_send_failed_is_a_phantom()
    {
        var bad = WithStored(1, messages =>
            [.. messages, messages[0] with { Sequence = messages.Count + 1, MessageId = "ff", Text = "never stored" }]);

        AssertBroken(bad, "C3", "node 1", "\"never stored\"", "told to have failed");
    }

    [Fact]
    public void Two_messages_of_one_sender_in_the_wrong_order_are_named()
    {
        var bad = EveryNode(messages => Swap(messages, 0, 1));

        AssertBroken(bad, "C4", "\"hello 2\"", "which alice#1 sent before it");
    }

    [Fact]
    public void Nodes_that_disagree_on_a_sequence_are_named()
    {
        var bad = WithStored(2, messages => Swap(messages, 0, 1));

        AssertBroken(bad, "C5", "sequence 1 of", "on node 1", "on node 2");
    }

    [Fact]
    public void A_gap_in_the_sequences_is_named()
    {
        var bad = EveryNode(messages => [.. messages.Take(3), .. messages.Skip(4)]);

        AssertBroken(bad, "C5", "sequence 4 of", "expected, 5 found");
    }

    [Fact]
    public void Nodes_whose_conversations_end_at_different_sequences_are_named()
    {
        var bad = WithStored(3, messages => [.. messages.SkipLast(1)]);

        AssertBroken(bad, "C5", "ends at 13 on node 1, 13 on node 2, 12 on node 3");
    }

    [Fact]
    public void A_message_that_a_living_client_gets_twice_is_named()
    {
        AssertBroken(WithReceived("bob#1", 2, line => [line, line]), "C6", "bob#1", "doubled");
    }

    [Fact]
    public void A_message_that_a_stream_skips_is_named()
    {
        AssertBroken(WithReceived("bob#1", 2, _ => []), "C6", "bob#1", "skipping 2");
    }

    [Fact]
    public void A_message_that_is_skipped_at_a_resume_is_named()
    {
        var bad = WithEvents(line => line is
        { Kind: HistoryKind.Receive or HistoryKind.Acknowledge, Client: "bob#2", Sequence: 6 } ? [] : [line]);

        AssertBroken(bad, "C6", "bob#2", "skipping sequence 6");
    }

    [Fact]
    public void A_message_that_comes_again_after_its_acknowledgement_was_answered_is_named()
    {
        AssertBroken(
            WithReceived("bob#2", 6, line => [line with { Sequence = 5 }, line]),
            "C6",
            "bob#2",
            "had acknowledged it before this client began");
    }

    [Fact]
    public void A_message_that_never_came_is_named_when_all_should_have_come()
    {
        var last = Good.Reads[0].Messages[^1].Sequence;
        var bad = WithReceived("bob#2", last, _ => []);

        AssertBroken(bad, "C6", "hello 10", "was never delivered");
        Assert.True(AllCheckers.Judge(bad, everythingDelivered: false)[5].Holds);
    }

    [Fact]
    public void A_read_that_lacks_what_its_client_had_seen_is_stale()
    {
        var bad = WithEvents(line => line is { Kind: HistoryKind.History, Phase: HistoryPhase.Ok }
            ? [line with { Sequence = 9 }]
            : [line]);

        AssertBroken(bad, "C12", "alice#1 read", "sequence 13");
        Assert.True(AllCheckers.Judge(
            WithEvents(line => line.Kind == HistoryKind.History ? [line with { Sequence = 9, Stale = true }] : [line]),
            everythingDelivered: true)[6].Holds);
    }

    [Fact]
    public void A_command_that_stands_before_an_answered_one_is_named()
    {
        var bad = WithEvents(line => line is { Kind: HistoryKind.Send, Phase: HistoryPhase.Ok, Sequence: 6 }
            ? [line with { LogIndex = 1 }]
            : [line]);

        AssertBroken(bad, "C12", "is at #1, but began after");
    }

    [Fact]
    public void Different_digests_at_one_index_are_named()
    {
        var bad = Good with { Digests = [.. Good.Digests, new(4, 99, "d2"), new(5, 100, "d3")] };

        AssertBroken(bad, "C13", "at #99", "d2 on node 4");
    }

    [Fact]
    public void Any_single_change_to_what_a_node_holds_is_noticed()
    {
        Func<IReadOnlyList<StoredMessage>, int, IReadOnlyList<StoredMessage>>[] changes =
        [
            (messages, at) => [.. messages.Take(at), .. messages.Skip(at + 1)],
            (messages, at) => [.. messages.Take(at + 1), .. messages.Skip(at)],
            (messages, at) => Swap(messages, at, (at + 1) % messages.Count),
            (messages, at) => Change(messages, at, message => message with { Text = "another" }),
            (messages, at) => Change(messages, at, message => message with { MessageId = "ff" }),
            (messages, at) => Change(messages, at, message => message with { From = message.To, To = message.From }),
            (messages, at) => Change(messages, at, message => message with { Sequence = message.Sequence + 1 }),
        ];
        var length = Good.Reads[0].Messages.Count;
        for (var kind = 0; kind < changes.Length; kind++)
        {
            for (var at = 0; at < length; at++)
            {
                var bad = WithStored(1 + (at % SampleHistory.Nodes), messages => changes[kind](messages, at));

                Assert.False(
                    AllCheckers.Judge(bad, everythingDelivered: true).All(verdict => verdict.Holds),
                    $"change {kind} at {at} went unnoticed");
            }
        }
    }

    private static void AssertBroken(History bad, string number, params string[] words)
    {
        var verdict = AllCheckers.Judge(bad, everythingDelivered: true)
            .Single(verdict => string.Equals(verdict.Property.Number, number, StringComparison.Ordinal));

        Assert.False(verdict.Holds, $"{number} holds");
        Assert.Contains(
            verdict.Violations, violation => words.All(word => violation.Contains(word, StringComparison.Ordinal)));
    }

    private static History WithStored(
        int node, Func<IReadOnlyList<StoredMessage>, IReadOnlyList<StoredMessage>> change) =>
        Good with
        {
            Reads = [.. Good.Reads.Select(read =>
                read.Node == node ? read with { Messages = change(read.Messages) } : read)],
        };

    private static History EveryNode(Func<IReadOnlyList<StoredMessage>, IReadOnlyList<StoredMessage>> change) =>
        Good with { Reads = [.. Good.Reads.Select(read => read with { Messages = change(read.Messages) })] };

    private static History WithEvents(Func<HistoryEvent, IEnumerable<HistoryEvent>> change) =>
        Good with { Events = [.. Good.Events.SelectMany(change)] };

    private static History WithReceived(
        string client, long sequence, Func<HistoryEvent, IEnumerable<HistoryEvent>> change) =>
        WithEvents(line => line.Kind == HistoryKind.Receive && line.Client == client && line.Sequence == sequence
            ? change(line)
            : [line]);

    private static StoredMessage[] Swap(IReadOnlyList<StoredMessage> messages, int one, int other) =>
    [
        .. messages.Select((message, at) => at == one ? messages[other] with { Sequence = message.Sequence }
            : at == other ? messages[one] with { Sequence = message.Sequence }
            : message),
    ];

    private static StoredMessage[] Change(
        IReadOnlyList<StoredMessage> messages, int place, Func<StoredMessage, StoredMessage> change) =>
        [.. messages.Select((message, at) => at == place ? change(message) : message)];
}
