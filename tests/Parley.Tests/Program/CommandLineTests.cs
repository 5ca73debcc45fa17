namespace Parley.Tests.Program;

/// <summary>The process boundary: usage errors, help, version.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task A_usage_error_exits_2_and_names_the_help()
    {
        var (code, _, error) = await ProgramRun.RunAsync("server", "--no-such-flag");

        Assert.Equal(2, code);
        Assert.Contains("--no-such-flag", error, StringComparison.Ordinal);
        Assert.Contains("See: parley server --help", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bench", "--in-flight", "1,64")]
    [InlineData("demo", "--size", "five")]
    [InlineData("verify", "--minutes", "long")]
    public async Task A_value_of_another_type_is_a_usage_error(string verb, string option, string value)
    {
        var (code, _, error) = await ProgramRun.RunAsync(verb, option, value);

        Assert.Equal(2, code);
        Assert.Contains($"'{value}' for option '{option}'", error, StringComparison.Ordinal);
        Assert.Contains("See: parley", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--size", "4")]
    [InlineData("--minutes", "0")]
    public async Task A_value_out_of_its_range_is_a_usage_error(string option, string value)
    {
        var (code, _, error) = await ProgramRun.RunAsync("bench", "--mode", "growth", option, value);

        Assert.Equal(2, code);
        Assert.Contains($"{option}: ", error, StringComparison.Ordinal);
        Assert.Contains(" expected", error, StringComparison.Ordinal);
    }

    /// <summary>The library would take it for the name of a file with arguments.</summary>
    [Fact]
    public async Task A_text_that_names_somebody_first_is_a_text()
    {
        var (code, _, error) = await ProgramRun.RunAsync(
            "send", "#ops", "@bob disk is full", "--as", "alice", "--nodes", "127.0.0.1:1", "--give-up", "0.1",
            "--password-file", "/dev/null");

        Assert.NotEqual(2, code);
        Assert.DoesNotContain("file not found", error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task No_verb_at_all_is_a_usage_error()
    {
        var (code, _, error) = await ProgramRun.RunAsync();

        Assert.Equal(2, code);
        Assert.Contains("parley --help", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_opens_with_examples()
    {
        var (code, output, _) = await ProgramRun.RunAsync("server", "--help");

        Assert.Equal(0, code);
        Assert.StartsWith("Examples:", output, StringComparison.Ordinal);
        Assert.Contains("--election-timeout", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_printed()
    {
        var (code, output, _) = await ProgramRun.RunAsync("--version");

        Assert.Equal(0, code);
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }
}
