using Parley.Server.Hosting;

namespace Parley.Server.Nodes;

/// <summary>Which of a node's addresses is tried: the one that led to it, again and again; after one that does not,
/// the next. Thread-safe.</summary>
internal sealed class PeerWays
{
    private readonly Lock gate = new();
    private IReadOnlyList<HostPort> ways;
    private HostPort current;

    /// <param name="ways">At least one, the best first.</param>
    public PeerWays(IReadOnlyList<HostPort> ways)
    {
        this.ways = ways;
        current = ways[0];
    }

    /// <summary>What is tried now, or is in use.</summary>
    public HostPort Current
    {
        get
        {
            lock (gate)
            {
                return current;
            }
        }
    }

    /// <summary>From now on these, unless there are none. One that is in use stays in use until it fails.</summary>
    public void Are(IReadOnlyList<HostPort> now)
    {
        lock (gate)
        {
            ways = now.Count > 0 ? now : ways;
        }
    }

    /// <summary>The current one did not lead to the node.</summary>
    public void Failed()
    {
        lock (gate)
        {
            var at = -1;
            for (var i = 0; i < ways.Count; i++)
            {
                at = ways[i] == current ? i : at;
            }

            current = ways[(at + 1) % ways.Count];
        }
    }
}
