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
    public void Conversations_do_not_mix()
    {
        ledger.Arrived("c", 5, own: false, out _);

        Assert.True(ledger.Arrived("d", 1, own: true, out var mark));
        Assert.Equal(1, mark);
    }
}
