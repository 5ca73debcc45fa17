using Parley.Client;
using Parley.Client.Receiving;

namespace Parley.Tests.Client;

/// <summary>What may be acknowledged, and when.</summary>
public sealed class AckLedgerTests
{
    private readonly AckLedger ledger = new();

    [Fact]
    public void An_own_message_is_acknowledged_by_itself()
    {
        Assert.True(ledger.Arrived("c", 1, own: true, out var mark));
        Assert.Equal(1, mark);
    }

    [Fact]
    public void An_own_message_waits_for_anothers_before_it()
    {
        ledger.Arrived("c", 1, own: false, out _);
        ledger.Arrived("c", 2, own: true, out var mark);
        ledger.Arrived("c", 3, own: false, out _);
        ledger.Arrived("c", 4, own: true, out _);

        Assert.Equal(0, mark);
        Assert.Equal(2, ledger.Acknowledged("c", 1));
        Assert.Equal(4, ledger.Acknowledged("c", 3));
    }

    [Fact]
    public void What_was_shown_is_not_shown_again_and_is_told_again_when_it_was_acknowledged()
    {
        ledger.Arrived("c", 1, own: false, out _);
        ledger.Arrived("c", 2, own: false, out _);
        ledger.Acknowledged("c", 1);

        Assert.False(ledger.Arrived("c", 1, own: false, out var again));
        Assert.False(ledger.Arrived("c", 2, own: false, out var owed));
        Assert.Equal((1, 0), (again, owed));
    }

    [Fact]
    [Trait("Promise", "4")]
    public void A_new_stream_need_not_bring_what_the_caller_has_and_owes()
    {
        ledger.Arrived("c", 1, own: false, out _);
        ledger.Arrived("c", 2, own: true, out _);
        ledger.Arrived("d", 7, own: false, out _);
        ledger.Arrived("d", 8, own: false, out _);
        ledger.Arrived("own", 1, own: true, out _);

        Assert.Equal([("d", 8L), ("c", 2L)], ledger.Received(2));
        Assert.Equal([("d", 8L)], ledger.Received(1));
    }

    [Fact]
    [Trait("Promise", "4")]
    public void Where_a_mark_may_be_lost_a_new_stream_brings_it_all_again()
    {
        ledger.Arrived("c", 1, own: false, out _);
        ledger.Arrived("c", 2, own: false, out _);
        var mark = ledger.Acknowledged("c", 1);
        Assert.Empty(ledger.Received(10));

        ledger.Confirmed("c", mark);
        Assert.Equal([("c", 2L)], ledger.Received(10));

        ledger.Acknowledged("c", 2);
        ledger.Confirmed("c", 2);
        Assert.Empty(ledger.Received(10));
    }

    [Fact]
    [Trait("Promise", "4")]
    public void A_mark_beyond_what_was_shown_leaves_no_trace_when_it_is_refused()
    {
        ledger.Arrived("c", 1, own: false, out _);
        ledger.Arrived("c", 2, own: false, out _);

        Assert.Equal(99, ledger.Acknowledged("c", 99));
        Assert.Equal(1, ledger.Acknowledged("c", 1));
        Assert.Empty(ledger.Received(10));
        ledger.Confirmed("c", 1);
        Assert.Equal([("c", 2L)], ledger.Received(10));

        ledger.Arrived("c", 3, own: true, out var mark);
        Assert.Equal(0, mark);
        Assert.Equal(3, ledger.Acknowledged("c", 2));
    }

    [Fact]
    public void Nothing_is_owed_that_a_mark_from_the_history_covers_once_the_cluster_has_it()
    {
        ledger.Arrived("c", 1, own: false, out _);
        ledger.Arrived("c", 2, own: false, out _);
        var mark = ledger.Acknowledged("c", 5);
        Assert.Equal([("c", 2L)], ledger.Received(10));

        ledger.Confirmed("c", mark);

        Assert.Empty(ledger.Received(10));
        ledger.Arrived("c", 6, own: true, out var told);
        Assert.Equal((5, 6), (mark, told));
    }

    [Fact]
    [Trait("Promise", "4")]
    public void A_mark_that_the_cluster_took_beyond_its_head_hides_no_mark_that_is_lost_later()
    {
        ledger.Arrived("c", 1, own: false, out _);
        ledger.Confirmed("c", ledger.Acknowledged("c", 99));
        ledger.Arrived("c", 7, own: false, out _);
        ledger.Arrived("c", 8, own: false, out _);

        var lost = ledger.Acknowledged("c", 7);

        Assert.Empty(ledger.Received(10));
        Assert.False(ledger.Arrived("c", 7, own: false, out var again));
        Assert.Equal((7, 7), (lost, again));
    }

    /// <summary>What is confirmed does not come again: nothing of it is kept, each word of it is a new one.</summary>
    [Fact]
    public void How_it_was_told_is_remembered_until_its_mark_is_confirmed()
    {
        var edited = new ChatMessage
        {
            Conversation = "c",
            Sequence = 1,
            MessageId = default,
            From = "bob",
            To = "alice",
            SentAt = DateTimeOffset.UnixEpoch,
            Text = "better",
            LogIndex = 1,
            EditedAt = DateTimeOffset.UnixEpoch,
        };
        ledger.Arrived("c", 1, own: false, out _);

        Assert.True(ledger.IsNews(edited));
        Assert.False(ledger.IsNews(edited));
        Assert.True(ledger.IsNews(edited with { DeletedAt = DateTimeOffset.UnixEpoch }));
        Assert.True(ledger.IsNews(edited with { Sequence = 2 }));
        Assert.True(ledger.IsNews(edited with { Sequence = 2 }));
        ledger.Confirmed("c", ledger.Acknowledged("c", 1));
        Assert.True(ledger.IsNews(edited));
        Assert.True(ledger.IsNews(edited));
    }

    [Fact]
    public void Conversations_do_not_mix()
    {
        ledger.Arrived("c", 5, own: false, out _);

        Assert.True(ledger.Arrived("d", 1, own: true, out var mark));
        Assert.Equal(1, mark);
    }
}
