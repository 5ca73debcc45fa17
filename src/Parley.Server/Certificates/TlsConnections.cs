using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Parley.Server.Certificates;

/// <summary>
/// Connections that came in, with the certificates they were held to: when other authorities count, they are held to
/// them again, for a connection may live for weeks. Thread-safe.
/// </summary>
internal sealed class TlsConnections(TimeProvider time)
{
    /// <summary>How long a connection that is asked to end may take.</summary>
    private static readonly TimeSpan CloseMax = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<ConnectionContext, TlsConnection> open = new();

    /// <summary>A handshake begins; the connection is known until it is closed.</summary>
    public TlsConnection Add(ConnectionContext connection)
    {
        var added = new TlsConnection();
        open[connection] = added;
        connection.ConnectionClosed.UnsafeRegister(_ => open.TryRemove(connection, out var _), state: null);
        return added;
    }

    /// <summary>Ends those that would not come to be now; how many that are.</summary>
    public int EndUnless(Func<TlsConnection, bool> isAccepted)
    {
        var ended = open.Where(pair => !isAccepted(pair.Value)).Select(pair => pair.Key).ToList();
        ended.ForEach(connection => _ = EndAsync(connection));
        return ended.Count;
    }

    /// <summary>Politely first: a client that comes back at this moment loses no call.</summary>
    private async Task EndAsync(ConnectionContext connection)
    {
        connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        await Task.Delay(CloseMax, time);
        connection.Abort(new ConnectionAbortedException("its certificate does not count any more"));
    }
}

/// <summary>What the two ends of a connection have shown.</summary>
internal sealed class TlsConnection
{
    private volatile X509Certificate2? own;
    private volatile byte[]? shown;

    /// <summary>What this node shows, where an authority of the cluster made it.</summary>
    public X509Certificate2? Own
    {
        get => own;
        set => own = value;
    }

    /// <summary>What the other end has shown, DER; null while it has not, or shows none.</summary>
    public byte[]? Shown
    {
        get => shown;
        set => shown = value;
    }
}
