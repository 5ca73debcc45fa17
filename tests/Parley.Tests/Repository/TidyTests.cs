namespace Parley.Tests.Repository;

/// <summary>The repository's own rules, as tests.</summary>
public sealed class TidyTests
{
    [Fact]
    public void The_solution_is_here()
    {
        Assert.True(File.Exists(Path.Combine(RepositoryRoot.Path, "Parley.slnx")));
    }
}
