using Parley.Client;
using Parley.Client.Storage;
using Parley.Terminal;

namespace Parley.Verbs;

/// <summary>What a verb was told about cluster, account and output.</summary>
internal sealed record ClientSettings
{
    /// <summary>As given by --nodes or PARLEY_NODES, of a link too; empty: not given.</summary>
    public required IReadOnlyList<string> Nodes { get; init; }

    /// <summary>Null: no link was given.</summary>
    public ClusterLink? Link { get; init; }

    /// <summary>By --as, lower-case; null: not given.</summary>
    public required string? Account { get; init; }

    public required bool TakeOver { get; init; }

    /// <summary>Zero: never.</summary>
    public required TimeSpan GiveUpAfter { get; init; }

    /// <summary>The give-up time was asked for.</summary>
    public bool IsGiveUpGiven { get; init; }

    public required string? PasswordFile { get; init; }

    /// <summary>32 bytes, by --token-file or PARLEY_TOKEN: instead of a password; null: not given.</summary>
    public byte[]? DeviceToken { get; init; }

    /// <summary>Asked for before, so that it is not asked for again.</summary>
    public string? Password { get; init; }

    /// <summary>Others are told how far this account has read.</summary>
    public bool ReadReceipts { get; init; } = true;

    /// <summary>Others are told that this account is there while it receives.</summary>
    public bool ShowsPresence { get; init; } = true;

    /// <summary>How data is printed.</summary>
    public required OutputForm Form { get; init; }

    /// <summary>Data, row by row. What is printed in a verb's session ends with it.</summary>
    public required RowWriter Rows { get; init; }

    /// <summary>Data.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Everything else.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Gets what the client notices of its nodes, instead of stderr; null: stderr.</summary>
    public Action<ConnectionEvent>? OnConnection { get; init; }

    /// <summary>Where logins are kept.</summary>
    public SessionStore Store { get; init; } = SessionStore.Default();

    /// <summary>Where to begin when no stored login is used, and the authority the nodes' certificates must be of
    /// (null: plaintext).</summary>
    public (IReadOnlyList<string> Nodes, string? Ca) Cluster
    {
        get
        {
            var stored = Store.List();
            var link = Store.FindLink();
            if (Nodes.Count > 0)
            {
                return (Nodes, Link?.CaFingerprint ?? CaOf(stored, link));
            }

            var newest = stored.MaxBy(login => login.LoggedInAt);
            return link is not null && (newest is null || newest.LoggedInAt < link.StoredAt)
                ? (link.Link.Nodes, link.Link.CaFingerprint)
                : newest is { Nodes.Count: > 0 } ? (newest.Nodes, newest.Ca)
                : Store.FindDemo() is { } demo ? (demo.Nodes, demo.CaFingerprint)
                : (NodeAddresses.Default, null);
        }
    }

    /// <summary>The nodes to begin with when no stored login is used.</summary>
    public IReadOnlyList<string> NodesOrDefault => Cluster.Nodes;

    /// <summary>Where to begin with this stored login (null: with none).</summary>
    public (IReadOnlyList<string> Nodes, string? Ca) ClusterOf(StoredSession? stored) =>
        stored is null || Nodes.Count > 0 ? Cluster : (stored.Nodes, stored.Ca);

    /// <summary>A client of these nodes; what it notices of them goes to stderr, if nobody else wants it.</summary>
    public ParleyClient NewClient(ParleyClientOptions options)
    {
        var client = new ParleyClient(options with
        {
            GiveUpAfter = GiveUpAfter,
            ReadReceipts = ReadReceipts,
            ShowsPresence = ShowsPresence,
        });
        KnownCluster.Follow(this, client);
        client.ConnectionChanged += OnConnection ?? new ConnectionNotices(Error, GiveUpAfter).Write;
        return client;
    }

    /// <summary>A client without a session.</summary>
    public ParleyClient NewClient()
    {
        var (nodes, ca) = Cluster;
        return NewClient(new ParleyClientOptions { Nodes = nodes, CaFingerprint = ca });
    }

    /// <summary>Keeps the link that was given, with the nodes and authority that the client knows now.</summary>
    public void KeepLink(ParleyClient client)
    {
        if (Link is { } link)
        {
            Store.SaveLink(
                link with { Nodes = client.Nodes, CaFingerprint = client.CaFingerprint ?? link.CaFingerprint });
        }
    }

    /// <summary>Addresses that belong to a cluster known here are that cluster's.</summary>
    private string? CaOf(IReadOnlyList<StoredSession> stored, StoredLink? link) =>
        stored.OrderByDescending(login => login.LoggedInAt).Select(login => (login.Nodes, login.Ca))
            .Concat(new[] { link?.Link, Store.FindDemo() }.OfType<ClusterLink>()
                .Select(known => (known.Nodes, Ca: (string?)known.CaFingerprint)))
            .FirstOrDefault(known => known.Nodes.Intersect(Nodes, StringComparer.Ordinal).Any()).Ca;

    /// <summary>One row of several.</summary>
    /// <param name="json">One object as one line.</param>
    /// <param name="text">One line for people, or a message of several.</param>
    public void WriteRow(Func<string> json, Func<string> text) => Rows.Write(json, () => Sanitizer.Lines(text()));

    /// <summary>As <see cref="WriteRow"/>, where it is the only one or nobody knows when the next comes: it is out when
    /// this returns.</summary>
    public void WriteResult(Func<string> json, Func<string> text)
    {
        WriteRow(json, text);
        Rows.Flush();
    }

    /// <summary>One sentence for people.</summary>
    public void Say(string sentence) => Error.WriteLine($"parley: {sentence}");
}
