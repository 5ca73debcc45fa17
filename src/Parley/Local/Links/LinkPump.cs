using System.Net.Sockets;
using System.Threading.Channels;

namespace Parley.Local.Links;

/// <summary>Carries bytes from one socket to another in their order, as the <see cref="LinkWay"/> lets them.</summary>
internal sealed class LinkPump(Socket from, Socket to, LinkWay way) : IAsyncDisposable
{
    private const int ParcelBytesMax = 32 << 10;
    private const int ParcelsMax = 128;

    private readonly NetworkStream source = new(from, ownsSocket: false);
    private readonly NetworkStream goal = new(to, ownsSocket: false);
    private readonly Channel<Parcel> parcels = Channel.CreateBounded<Parcel>(
        new BoundedChannelOptions(ParcelsMax) { SingleReader = true, SingleWriter = true });

    /// <summary>Returns when either end is gone and the other may know: never while the way is cut.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var delivering = DeliverAsync(ended);
        try
        {
            await CollectAsync(ended.Token);
        }
        catch (Exception ending) when (IsEnding(ending))
        {
            // What was on its way still goes.
        }

        parcels.Writer.TryComplete();
        await delivering;
        await way.WhenOpen.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await goal.DisposeAsync();
    }

    private static bool IsEnding(Exception failure) =>
        failure is OperationCanceledException or IOException or ObjectDisposedException;

    private async Task CollectAsync(CancellationToken cancellationToken)
    {
        var room = new byte[ParcelBytesMax];
        while (await source.ReadAsync(room, cancellationToken) is > 0 and var count)
        {
            var parcel = new Parcel(room.AsSpan(0, count).ToArray(), TimeProvider.System.GetTimestamp());
            await parcels.Writer.WriteAsync(parcel, cancellationToken);
        }
    }

    private async Task DeliverAsync(CancellationTokenSource ended)
    {
        try
        {
            await foreach (var parcel in parcels.Reader.ReadAllAsync(ended.Token))
            {
                var left = way.Delay - TimeProvider.System.GetElapsedTime(parcel.TakenAt);
                if (left > TimeSpan.Zero)
                {
                    await Task.Delay(left, ended.Token);
                }

                await way.WhenOpen.WaitAsync(ended.Token);
                await goal.WriteAsync(parcel.Bytes, ended.Token);
            }
        }
        catch (Exception ending) when (IsEnding(ending))
        {
            await ended.CancelAsync();
        }
    }

    private readonly record struct Parcel(byte[] Bytes, long TakenAt);
}
