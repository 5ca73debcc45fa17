using Parley.Client;

namespace Parley.Verbs;

/// <summary>Keeps what is stored of a cluster as fresh as what a client of it knows: the nodes' addresses, and the
/// authorities of their certificates.</summary>
internal sealed class KnownCluster
{
    private readonly Lock writing = new();
    private readonly ClientSettings settings;
    private readonly ParleyClient client;
    private string? ca;

    private KnownCluster(ClientSettings settings, ParleyClient client)
    {
        this.settings = settings;
        this.client = client;
        ca = client.CaFingerprint;
    }

    /// <summary>From now on, for as long as the client lives.</summary>
    public static void Follow(ClientSettings settings, ParleyClient client)
    {
        var known = new KnownCluster(settings, client);
        client.ClusterChanged += known.Write;
    }

    private void Write()
    {
        lock (writing)
        {
            try
            {
                var nodes = client.Options.OnlyTheseNodes ? null : client.Nodes;
                // Another process may know a newer authority: only what this one has learned is news.
                var now = client.CaFingerprint;
                var news = string.Equals(ca, now, StringComparison.Ordinal) ? null : now;
                settings.Store.KeepCluster(client.ClusterId, ca, nodes, news);
                ca = now;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                settings.Say($"what is new of the cluster was not stored: {failure.Message}");
            }
        }
    }
}
