using System.Threading.Channels;

namespace Parley.Server.Nodes;

/// <summary>Wakes one waiting task; rings in between are one.</summary>
internal sealed class AsyncSignal
{
    private readonly Channel<bool> rings = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => rings.Writer.TryWrite(true);

    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => rings.Reader.ReadAsync(cancellationToken);
}
