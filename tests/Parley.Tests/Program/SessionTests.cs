using Parley.Tests.Cluster;
using Parley.Tests.Repository;

namespace Parley.Tests.Program;

/// <summary>The files in <c>Sessions</c>, each played in a real terminal with three servers.</summary>
[Collection(ClusterCollection.Name)]
public sealed class SessionTests
{
    private const int Columns = 80;
    private const int Rows = 24;

    public static TheoryData<string> Names =>
    [
        .. Directory.EnumerateFiles(Folder, "*.session")
            .Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal),
    ];

    private static string Folder => Path.Combine(RepositoryRoot.Path, "tests/Parley.Tests/Program/Sessions");

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_person_sees_what_the_session_says(string name)
    {
        if (TerminalSession.FindHindrance() is { } hindrance)
        {
            TestCluster.Print(hindrance);
            Assert.Skip(hindrance);
        }

        var script = await File.ReadAllLinesAsync(
            Path.Combine(Folder, $"{name}.session"), TestContext.Current.CancellationToken);
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 3 });
        await cluster.CreateAccountsAsync("alice", "bob");
        await using var terminal = await TerminalSession.StartAsync(cluster.Nodes, Columns, Rows);

        await new SessionScript(cluster, terminal).PlayAsync(script);
    }
}
