using System.Globalization;
using Grpc.Core;
using Parley.Client.Trust;

namespace Parley.Client.Walking;

/// <summary>
/// What all sessions of one client share: the nodes known now, the cluster they belong to, and the highest log index
/// seen. Safe for many threads.
/// </summary>
internal sealed class NodeSet : IDisposable
{
    private const string ClusterHeader = "parley-cluster";
    private const string SeenIndexHeader = "parley-seen-index";
    private const int ClusterIdDigits = 32;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Node> byAddress = new(StringComparer.Ordinal);
    private readonly ParleyClientOptions options;
    private readonly Action changed;
    private readonly AuthorityTrust? trust;
    private Node[] current;
    private string? clusterId;
    private long seenIndex;
    private Node? lastGood;

    /// <param name="options">Where to begin, and whom to trust.</param>
    /// <param name="changed">Called, on any thread, when the nodes or the authorities known are others now.</param>
    public NodeSet(ParleyClientOptions options, Action? changed = null)
    {
        this.options = options;
        this.changed = changed ?? (() => { });
        trust = options.CaFingerprint is { } ca ? new AuthorityTrust(ca, _ => this.changed()) : null;
        clusterId = options.ClusterId;
        seenIndex = options.SeenIndex;
        if (options.CaFingerprint is null && options.Nodes.FirstOrDefault(node => !Node.IsLoopback(node)) is { } open)
        {
            throw new RefusedException(
                "PLAINTEXT_REFUSED",
                $"{open} is not on this machine, and plaintext is spoken on loopback only: give the link that " +
                "'parley cluster link' prints, in place of the addresses");
        }

        current = [.. options.Nodes.Distinct(StringComparer.Ordinal).Select(GetNode)];
        if (current.Length == 0)
        {
            throw new ArgumentException("nodes: at least one HOST:PORT expected, none given", nameof(options));
        }
    }

    public IReadOnlyList<Node> Current => Volatile.Read(ref current);

    /// <summary>The authorities trusted now; null: plaintext.</summary>
    public string? CaFingerprint => trust?.Text;

    public string? ClusterId => Volatile.Read(ref clusterId);

    public long SeenIndex => Interlocked.Read(ref seenIndex);

    /// <summary>The node that last did what was asked; null before.</summary>
    public Node? LastGood
    {
        get => Volatile.Read(ref lastGood);
        set => Volatile.Write(ref lastGood, value);
    }

    /// <summary>An answer carried this log index.</summary>
    public void Saw(long logIndex)
    {
        var seen = Interlocked.Read(ref seenIndex);
        while (logIndex > seen)
        {
            var before = Interlocked.CompareExchange(ref seenIndex, logIndex, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    /// <summary>The metadata of one call.</summary>
    public Metadata Headers(string? authorization, bool withSeenIndex)
    {
        var headers = new Metadata();
        if (ClusterId is { } cluster)
        {
            headers.Add(ClusterHeader, cluster);
        }

        if (withSeenIndex && SeenIndex is var seen and > 0)
        {
            headers.Add(SeenIndexHeader, seen.ToString(CultureInfo.InvariantCulture));
        }

        if (authorization is not null)
        {
            headers.Add("authorization", authorization);
        }

        return headers;
    }

    /// <summary>Learns the cluster's id from the first answer, and holds every later one to it.</summary>
    /// <exception cref="ConflictException">CLUSTER_CHANGED.</exception>
    public void CheckCluster(Metadata answerHeaders, Node node) =>
        CheckCluster(answerHeaders.GetValue(ClusterHeader), node);

    /// <inheritdoc cref="CheckCluster(Metadata, Node)"/>
    public void CheckCluster(string? answered, Node node)
    {
        if (string.IsNullOrEmpty(answered))
        {
            return;
        }

        // It goes into the head of every later call, where not everything may stand, and into paths.
        if (answered.Length != ClusterIdDigits || !answered.All(char.IsAsciiHexDigitLower))
        {
            throw new ConflictException(
                "CLUSTER_CHANGED",
                $"{node.Address}: a cluster's id of {ClusterIdDigits} lower-case hexadecimal digits expected, "
                + "something else found: ask the cluster's operator what answers there");
        }

        var known = Interlocked.CompareExchange(ref clusterId, answered, comparand: null) ?? answered;
        if (!string.Equals(known, answered, StringComparison.OrdinalIgnoreCase))
        {
            throw new ConflictException(
                "CLUSTER_CHANGED",
                $"{node.Address} belongs to cluster {answered}, this client to {known}: log in anew, or see --nodes");
        }
    }

    /// <summary>Takes over what a node tells of the members. A node known by an address that works keeps it.</summary>
    public void Learn(Node told, NodeReport report)
    {
        told.Id = report.Id;
        told.HasAnswered = true;
        if (options.OnlyTheseNodes || report.Members.Count == 0)
        {
            return;
        }

        List<string> before;
        lock (gate)
        {
            before = [.. current.Select(node => node.Address)];
            var known = current.Where(node => node.Id > 0).ToLookup(node => node.Id);
            var learned = new List<Node>();
            var complete = true;
            foreach (var member in report.Members)
            {
                var node = known[member.Id].FirstOrDefault(one => one.HasAnswered) ??
                    (CanAsk(member.ClientAddress) ? GetNode(member.ClientAddress) : null);
                if (node is null)
                {
                    complete = false;
                    continue;
                }

                node.Id = member.Id;
                learned.Add(node);
            }

            // While an address is missing, one of those given may be it.
            learned.AddRange(complete ? [] : current.Where(node => node.Id == 0));
            if (learned.Count == 0)
            {
                return; // It names nobody who could be asked.
            }

            Volatile.Write(ref current, [.. learned.Distinct()]);
        }

        if (!Current.Select(node => node.Address).SequenceEqual(before, StringComparer.Ordinal))
        {
            changed();
        }
    }

    /// <summary>Makes or finds the node of an address.</summary>
    public Node GetNode(string address)
    {
        lock (gate)
        {
            if (!byAddress.TryGetValue(address, out var node))
            {
                node = new Node(address, trust, options.ConnectTimeout);
                byAddress.Add(address, node);
            }

            return node;
        }
    }

    private bool CanAsk(string address) =>
        ClusterLink.IsAddress(address) && (options.CaFingerprint is not null || Node.IsLoopback(address));

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var node in byAddress.Values)
            {
                node.Dispose();
            }
        }
    }
}
