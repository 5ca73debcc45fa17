namespace Parley.Tests.BadInput;

/// <summary>All tables of bad input run against one cluster, one table after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BadInputCollection : ICollectionFixture<BadInputStage>
{
    public const string Name = "bad input";
}
