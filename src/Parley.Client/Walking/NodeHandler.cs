namespace Parley.Client.Walking;

/// <summary>How a node is called, over HTTP/2.</summary>
internal static class NodeHandler
{
    /// <summary>What a node may send of one answer before it hears that some was read: more than any answer has, a page
    /// ends at 1 MiB. See docs/decisions/0014: a node that must wait can lose a later answer.</summary>
    private const int StreamWindowBytes = 2 << 20;

    /// <summary>No keepalive pings and no retries: the walker notices and repeats, by its own deadlines.</summary>
    /// <param name="connectTimeout">What connecting may take.</param>
    public static SocketsHttpHandler New(TimeSpan connectTimeout) => new()
    {
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = connectTimeout,
        InitialHttp2StreamWindowSize = StreamWindowBytes,
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
    };
}
