using Parley.Server.Hosting;

namespace Parley.Server.Nodes;

/// <summary>
/// Which of a node's addresses is tried: the one that led to it, again and again. When it fails, every other try goes
/// to one of the others, in turn: a node that restarts is soon found where it was, however long a dead address takes
/// to say nothing. Thread-safe.
/// </summary>
internal sealed class PeerWays
{
    private readonly Lock gate = new();
    private IReadOnlyList<HostPort> ways;
    private HostPort current;
    private HostPort? led;
    private HostPort? aside;

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

    /// <summary>Where it should be.</summary>
    public HostPort Best
    {
        get
        {
            lock (gate)
            {
                return ways[0];
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

    /// <summary>The current one led to the node.</summary>
    public void Led()
    {
        lock (gate)
        {
            led = current;
        }
    }

    /// <summary>The current one did not lead to the node.</summary>
    public void Failed()
    {
        lock (gate)
        {
            if (led is { } known && !ways.Contains(known))
            {
                led = null;
            }

            if (led is { } there && current != there)
            {
                (aside, current) = (current, there);
                return;
            }

            HostPort[] others = [.. ways.Where(way => way != led)];
            if (others.Length > 0)
            {
                var last = led is null ? current : aside;
                current = others[(Array.FindIndex(others, way => way == last) + 1) % others.Length];
            }
        }
    }
}
