namespace Parley.Tests.Cluster;

/// <summary>Tests on real processes run one at a time: each has five servers of its own on two cores.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ClusterCollection
{
    public const string Name = "cluster";
}
