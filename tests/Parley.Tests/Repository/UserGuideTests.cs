using Parley.CommandLine;

namespace Parley.Tests.Repository;

/// <summary>The user guide's command lines are ones that the program takes.</summary>
public sealed class UserGuideTests
{
    [Fact]
    public void Each_command_line_in_the_guide_is_understood()
    {
        var lines = SourceFiles.ReadLines("docs/user-guide.md")
            .Where(line => line.StartsWith("    parley ", StringComparison.Ordinal))
            .Select(line => line.Trim()["parley ".Length..])
            .ToList();

        Assert.True(lines.Count >= 7, $"at least 7 command lines expected, {lines.Count} found");
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
