using Parley.Tests.Repository;

namespace Parley.Tests.Raft;

/// <summary>
/// Readable transcripts of the core: each file of Scenarios/ holds commands (lines that begin with "&gt; "), each
/// followed by what the nodes then said and did. <c>PARLEY_REWRITE_SCENARIOS=1 dotnet test</c> writes what happens now
/// into the files; read the difference before you commit it.
/// </summary>
public sealed class ScenarioTests
{
    private const string RewriteVariable = "PARLEY_REWRITE_SCENARIOS";

    private static readonly string Folder =
        Path.Combine(RepositoryRoot.Path, "tests", "Parley.Tests", "Raft", "Scenarios");

    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_nodes_do_what_the_transcript_says(string name)
    {
        var file = Path.Combine(Folder, name + ".txt");
        var expected = File.ReadAllText(file);

        var actual = ScenarioPlayer.Play(expected);

        if (Environment.GetEnvironmentVariable(RewriteVariable) == "1")
        {
            File.WriteAllText(file, actual);
        }
        else
        {
            Assert.Equal(expected, actual);
        }
    }
}
