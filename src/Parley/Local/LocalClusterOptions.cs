namespace Parley.Local;

/// <summary>What a <see cref="LocalCluster"/> looks like.</summary>
internal sealed record LocalClusterOptions
{
    public int Size { get; init; } = 5;

    /// <summary>Clients connect to base+1…, nodes to base+101…; 0: free ports are picked.</summary>
    public int BasePort { get; init; }

    /// <summary>Holds node-1, node-2 … with data and stderr; null: a temporary folder, removed at the end.</summary>
    public string? Directory { get; init; }

    /// <summary>The data directory of one node, by id; null: <c>data</c> in its folder.</summary>
    public Func<int, string>? DataDirectoryOf { get; init; }

    /// <summary>Nodes have certificates of an authority of their own, and speak TLS.</summary>
    public bool Certificates { get; init; }

    /// <summary>Nodes answer watchers, at <see cref="LocalNode.AdminAddress"/>.</summary>
    public bool Watched { get; init; }

    /// <summary>Nodes take posts to hooks, at <see cref="LocalNode.HookAddress"/>.</summary>
    public bool Hooks { get; init; }

    /// <summary>Further flags of every node.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Further flags of one node, by id.</summary>
    public Func<int, IReadOnlyList<string>>? ArgumentsOf { get; init; }

    /// <summary>Environment variables of one node, by id.</summary>
    public Func<int, IReadOnlyDictionary<string, string>>? EnvironmentOf { get; init; }

    /// <summary>The program of one node, by id, at its next start: the file to execute and its first arguments; null:
    /// this very program.</summary>
    public Func<int, (string File, string[] Arguments)>? ProgramOf { get; init; }

    /// <summary>How the nodes reach each other (<see cref="LocalCluster.Network"/>).</summary>
    public NetworkKind Network { get; init; }

    /// <summary>Draws what becomes of packets, where the network does such things.</summary>
    public int NetworkSeed { get; init; }

    /// <summary>Which nodes <see cref="LocalCluster.StartAsync"/> starts; null: all.</summary>
    public IReadOnlyList<int>? StartOnly { get; init; }

    /// <summary>Return from the start when all nodes serve; false: when their processes run.</summary>
    public bool WaitUntilServing { get; init; } = true;

    /// <summary>How long a start may take until nodes serve.</summary>
    public TimeSpan StartDeadline { get; init; } = TimeSpan.FromSeconds(60);
}
