using Parley.Tests.Verify;
using Parley.Verbs.Demo;
using Parley.Verify;

namespace Parley.Tests.Program;

/// <summary>The last line of <c>demo --auto</c> counts what it says.</summary>
public sealed class DemoTallyTests
{
    private static readonly History Good = SampleHistory.Good();

    [Fact]
    public void A_message_that_one_server_lacks_is_lost()
    {
        var bad = Good with
        {
            Reads = [Good.Reads[0] with { Messages = [.. Good.Reads[0].Messages.Skip(1)] }, .. Good.Reads.Skip(1)],
        };

        Assert.Equal(0, DemoTally.Of(Good).Lost);
        Assert.Equal(1, DemoTally.Of(bad).Lost);
        Assert.False(DemoTally.Of(bad).IsWhole);
    }

    [Fact]
    public void A_message_that_stands_twice_or_came_twice_is_doubled()
    {
        // The good history's bob was killed before he acknowledged: one message came to both of his lives.
        Assert.Equal(1, DemoTally.Of(Good).Doubled);
        var bad = Good with
        {
            Reads = [Good.Reads[0] with { Messages = [.. Good.Reads[0].Messages, Good.Reads[0].Messages[0]] }],
        };

        Assert.Equal(2, DemoTally.Of(bad).Doubled);
    }

    [Fact]
    public void A_message_that_did_not_come_is_not_delivered()
    {
        var bad = Good with { Events = [.. Good.Events.Where(line => line.Kind != HistoryKind.Receive)] };

        Assert.Equal(0, DemoTally.Of(bad).Delivered);
        Assert.Equal(DemoTally.Of(Good).Sent, DemoTally.Of(Good).Delivered);
    }
}
