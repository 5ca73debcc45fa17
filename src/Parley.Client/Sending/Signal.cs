using System.Threading.Channels;

namespace Parley.Client.Sending;

/// <summary>Wakes one waiter; setting it twice before it is seen wakes once.</summary>
internal sealed class Signal
{
    private readonly Channel<byte> ring = Channel.CreateBounded<byte>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => ring.Writer.TryWrite(0);

    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (!ring.Reader.TryRead(out _))
        {
            await ring.Reader.ReadAsync(cancellationToken);
        }
    }
}
