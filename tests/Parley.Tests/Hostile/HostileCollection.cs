using Parley.Tests.Cluster;

namespace Parley.Tests.Hostile;

/// <summary>Verbs against one server that lies. They run in this process, whose environment tells them password and
/// home: nothing else may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class HostileCollection : ICollectionFixture<HostileStage>
{
    public const string Name = "hostile";
}

/// <summary>The server, and what stands in the environment while it is there.</summary>
public sealed class HostileStage : IAsyncLifetime
{
    private static readonly Dictionary<string, string?> Environment = new(StringComparer.Ordinal)
    {
        ["PARLEY_PASSWORD"] = TestCluster.Password,
        ["PARLEY_NEW_PASSWORD"] = TestCluster.Password,
        [StateHome] = null,
    };

    private readonly Dictionary<string, string?> before = new(StringComparer.Ordinal);

    internal const string StateHome = "XDG_STATE_HOME";

    internal HostileNode Node { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Node = await HostileNode.StartAsync();
        foreach (var (name, value) in Environment)
        {
            before[name] = System.Environment.GetEnvironmentVariable(name);
            System.Environment.SetEnvironmentVariable(name, value);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (name, value) in before)
        {
            System.Environment.SetEnvironmentVariable(name, value);
        }

        await Node.DisposeAsync();
    }
}
