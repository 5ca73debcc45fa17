using Parley.CommandLine;

namespace Parley.Tests.Repository;

/// <summary>The command lines of the guides, for users and operators, are ones that the program takes.</summary>
public sealed class UserGuideTests
{
    [Theory]
    [InlineData("docs/user-guide.md", 7)]
    [InlineData("docs/operations.md", 35)]
    public void Each_command_line_in_the_guide_is_understood(string guide, int linesMin)
    {
        var lines = SourceFiles.Read(guide).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
            .Where(line => line.StartsWith("    parley ", StringComparison.Ordinal))
            .Where(line => !line.Contains('…', StringComparison.Ordinal))
            .Select(line => line.Split(" #")[0].Replace('\'', '"').Trim()["parley ".Length..])
            .ToList();

        Assert.True(lines.Count >= linesMin, $"at least {linesMin} command lines expected, {lines.Count} found");
        foreach (var line in lines)
        {
            var parsed = ParleyProgram.BuildRoot().Parse(line);
            Assert.True(parsed.Errors.Count == 0, $"{line}: {string.Join("; ", parsed.Errors)}");
        }
    }

    [Fact]
    public void The_guide_names_the_commands_that_the_help_session_shows()
    {
        var guide = SourceFiles.Read("docs/user-guide.md");
        var shown = SourceFiles.ReadLines("tests/Parley.Tests/Program/Sessions/help.session")
            .Where(line => line.StartsWith("|   /", StringComparison.Ordinal))
            .Select(line => line[4..].Split(' ')[0])
            .ToList();

        Assert.NotEmpty(shown);
        Assert.All(shown, command => Assert.Contains($"`{command}", guide, StringComparison.Ordinal));
    }
}
