using System.Globalization;
using Parley.Client;

namespace Parley.Verbs.Chat;

/// <summary>What the client notices of its nodes as one line an event: nothing is told twice, and a new connection only
/// when it is known whether anything was missed. Not for many threads.</summary>
internal sealed class ConnectionNews(TimeProvider time)
{
    private long? troubleSince;
    private long missed;
    private string? waitsForCatchUp;
    private int lastNode = -1;

    /// <summary>The line to show; null: none yet.</summary>
    public string? Take(ConnectionEvent news)
    {
        switch (news)
        {
            case ConnectionEvent.NodeGone gone:
                troubleSince ??= time.GetTimestamp();
                waitsForCatchUp = null;
                return $"{Name(gone.Node, gone.Address)} is gone, reconnecting…";
            case ConnectionEvent.NoMajority:
                troubleSince ??= time.GetTimestamp();
                waitsForCatchUp = null;
                return null;
            case ConnectionEvent.Connected to when troubleSince is { } since:
                var seconds = time.GetElapsedTime(since).TotalSeconds;
                waitsForCatchUp = string.Create(
                    CultureInfo.InvariantCulture, $"connected to {Name(to.Node, to.Address)} ({seconds:0.0} s");
                lastNode = to.Node;
                return null;
            case ConnectionEvent.Connected to when to.Node != lastNode:
                lastNode = to.Node;
                return $"connected to {Name(to.Node, to.Address)}";
            default:
                return null;
        }
    }

    /// <summary>Retention dropped messages before they were delivered here.</summary>
    public void Missed(long messages) => missed += messages;

    /// <summary>Everything that was there has come; the line to show, or null.</summary>
    public string? CaughtUp()
    {
        if (waitsForCatchUp is not { } line)
        {
            missed = 0; // It was no outage that hid it.
            return null;
        }

        var what = missed == 0 ? "nothing missed" : $"{missed} older messages were not kept";
        (waitsForCatchUp, troubleSince, missed) = (null, null, 0);
        return $"{line}, {what})";
    }

    private static string Name(int node, string address) => node > 0 ? $"node {node}" : address;
}
