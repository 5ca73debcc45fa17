using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Parley.Server.Consensus;

namespace Parley.Server.Guarding;

/// <summary>The gates of a node's listeners: strangers at one leave the others alone.</summary>
internal sealed class ListenerGuards(StateAccess state, TimeProvider time)
{
    private static readonly ConnectionShares OfNodes = new(
        GuardLimits.UnprovenNodeConnections,
        GuardLimits.UnprovenNodeConnectionsPerAddress,
        PerAccount: 0,
        TimeSpan.FromSeconds(GuardLimits.AuthenticateSeconds));

    private static readonly ConnectionShares OfWatchers = new(
        GuardLimits.WatcherConnections,
        GuardLimits.WatcherConnections,
        PerAccount: 0,
        TimeSpan.FromSeconds(GuardLimits.WatcherSeconds));

    /// <summary>Before the port of clients; the settings of the moment.</summary>
    public ConnectionGate Clients { get; } = new(
        () =>
        {
            var settings = state.Directory.Settings;
            return new ConnectionShares(
                settings.ConnectionsOrDefault,
                settings.ConnectionsPerAddressOrDefault,
                settings.CallsAtOnceOrDefault,
                settings.AuthenticateOrDefault);
        },
        countsProven: true,
        time);

    /// <summary>Before the port of nodes: members may have what they need, others little.</summary>
    public ConnectionGate Nodes { get; } = new(() => OfNodes, countsProven: false, time);

    /// <summary>Before the port of watchers, who prove nothing.</summary>
    public ConnectionGate Watchers { get; } = new(() => OfWatchers, countsProven: false, time);

    /// <summary>What Kestrel itself bounds, for all.</summary>
    public void Bound(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = null;
        limits.Http2.MaxStreamsPerConnection = state.Directory.Settings.CallsPerConnectionOrDefault;

        // What a client may send that nobody has read yet.
        limits.Http2.InitialConnectionWindowSize = GuardLimits.ConnectionWindowBytes;
        limits.Http2.InitialStreamWindowSize = GuardLimits.StreamWindowBytes;
    }

    /// <summary>Stands before every request.</summary>
    public static async Task RunAsync(HttpContext http, RequestDelegate next, bool isOfNode)
    {
        var connection = http.Features.Get<GuardedConnection>();
        connection?.CallBegins();
        try
        {
            if (isOfNode)
            {
                // With certificates, nobody else gets as far.
                connection?.Prove(account: 0);
            }

            await next(http);
        }
        finally
        {
            connection?.CallEnds();
        }
    }
}
