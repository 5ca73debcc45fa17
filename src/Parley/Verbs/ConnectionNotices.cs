using Parley.Client;

namespace Parley.Verbs;

/// <summary>Tells people on stderr what the client notices of its nodes: only when something is wrong, and when it is
/// right again.</summary>
internal sealed class ConnectionNotices(TextWriter error, TimeSpan giveUpAfter)
{
    private bool trouble;

    public void Write(ConnectionEvent happened)
    {
        switch (happened)
        {
            case ConnectionEvent.NodeGone gone:
                trouble = true;
                error.WriteLine($"parley: {Name(gone.Node, gone.Address)} does not answer");
                break;
            case ConnectionEvent.NoMajority outage:
                trouble = true;
                var patience = giveUpAfter == TimeSpan.Zero ? "" : $" for {giveUpAfter.TotalSeconds:0.#} s";
                error.WriteLine(
                    $"parley: no majority: {outage.Reachable} of {outage.Voters} reachable; trying on{patience}");
                break;
            case ConnectionEvent.Connected connected when trouble:
                trouble = false;
                error.WriteLine($"parley: connected to {Name(connected.Node, connected.Address)}");
                break;
        }
    }

    private static string Name(int node, string address) => node > 0 ? $"node {node} ({address})" : address;
}
