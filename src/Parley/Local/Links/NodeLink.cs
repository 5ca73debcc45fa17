using System.Net;
using System.Net.Sockets;

namespace Parley.Local.Links;

/// <summary>
/// A TCP proxy for the connections that one node makes to another. What the nodes would notice of each other's death is
/// passed on: a reset, and then a port nobody listens on until it is back; but only when the ways are open.
/// </summary>
internal sealed class NodeLink : IAsyncDisposable
{
    private static readonly TimeSpan TrialPause = TimeSpan.FromMilliseconds(50);
    private readonly IPEndPoint near;
    private readonly IPEndPoint target;
    private readonly LinkWay forth;
    private readonly LinkWay back;
    private readonly CancellationTokenSource stopped = new();
    private readonly Lock changing = new();
    private readonly HashSet<Task> carrying = [];
    private Socket? listener;

    /// <param name="near">Where the dialling node connects to.</param>
    /// <param name="target">Where the other node listens.</param>
    /// <param name="forth">The way to the other node.</param>
    /// <param name="back">The way of its answers.</param>
    public NodeLink(IPEndPoint near, IPEndPoint target, LinkWay forth, LinkWay back)
    {
        this.near = near;
        this.target = target;
        this.forth = forth;
        this.back = back;
    }

    /// <summary>Takes connections as soon as the other node does.</summary>
    public void Open() => Carry(ListenWhenThereAsync());

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        StopListening();
        Task[] left;
        lock (changing)
        {
            left = [.. carrying];
        }

        await Task.WhenAll(left);
        stopped.Dispose();
    }

    private static Socket NewSocket() =>
        new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>The other end sees a reset, not an orderly end.</summary>
    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }

    // Returns whether it did listen.
    private bool StopListening()
    {
        lock (changing)
        {
            var wasListening = listener is not null;
            listener?.Dispose();
            listener = null;
            return wasListening;
        }
    }

    private async Task ListenWhenThereAsync()
    {
        using var pace = new PeriodicTimer(TrialPause);
        try
        {
            while (!await IsThereAsync())
            {
                await pace.WaitForNextTickAsync(stopped.Token);
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }

        lock (changing)
        {
            if (stopped.IsCancellationRequested)
            {
                return;
            }

            listener = NewSocket();
            listener.Bind(near);
            listener.Listen();
            Carry(AcceptAsync(listener));
        }
    }

    private void Carry(Task task)
    {
        lock (changing)
        {
            carrying.RemoveWhere(done => done.IsCompleted);
            carrying.Add(task);
        }
    }

    private async Task AcceptAsync(Socket opened)
    {
        try
        {
            while (true)
            {
                Carry(CarryAsync(await opened.AcceptAsync(stopped.Token)));
            }
        }
        catch (Exception ending) when (IsEnding(ending))
        {
            // Nobody listens there any more: the node is gone, or the run is over.
        }
    }

    private async Task CarryAsync(Socket accepted)
    {
        using var dialler = accepted;
        using var other = NewSocket();
        dialler.NoDelay = true;
        try
        {
            await forth.WhenOpen.WaitAsync(stopped.Token);
            await back.WhenOpen.WaitAsync(stopped.Token);
            await other.ConnectAsync(target, stopped.Token);
            await Task.WhenAll(
                CarryAsync(dialler, other, forth, () => Task.CompletedTask),
                CarryAsync(other, dialler, back, StopListeningIfGoneAsync));
        }
        catch (Exception ending) when (IsEnding(ending))
        {
            await StopListeningIfGoneAsync();
            Reset(dialler);
        }
    }

    private async Task CarryAsync(Socket from, Socket to, LinkWay way, Func<Task> beforeEnd)
    {
        await using var pump = new LinkPump(from, to, way);
        await pump.RunAsync(stopped.Token);
        await beforeEnd();
        to.Dispose();
    }

    private async Task StopListeningIfGoneAsync()
    {
        try
        {
            if (!await IsThereAsync() && StopListening())
            {
                Open();
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private async Task<bool> IsThereAsync()
    {
        using var trial = NewSocket();
        try
        {
            await trial.ConnectAsync(target, stopped.Token);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool IsEnding(Exception failure) =>
        failure is OperationCanceledException or SocketException or ObjectDisposedException;
}
