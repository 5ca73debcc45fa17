using System.CommandLine;
using System.Reflection;
using Parley.CommandLine;
using Parley.Server.Hosting;
using Parley.Tests.Program;
using Parley.Verbs.Manual;

namespace Parley.Tests.Packaging;

/// <summary>parley(1) names all there is, and is a page that formatters take.</summary>
public sealed class ManualPageTests
{
    [Fact]
    public async Task It_names_every_verb_option_and_exit_code()
    {
        var page = (await ProgramRun.RunAsync("man")).Output;

        var verbs = AllOf(ParleyProgram.BuildRoot(), "parley").ToList();
        Assert.True(verbs.Count >= 60, $"at least 60 verbs expected, {verbs.Count} found");
        foreach (var (path, verb) in verbs)
        {
            Assert.Contains($".SS \"{RoffText.Escape(path)}", page, StringComparison.Ordinal);
            Assert.All(
                verb.Options.Where(option => !option.Hidden && option.Name != "--help"),
                option => Assert.Contains(RoffText.Escape(option.Name), page, StringComparison.Ordinal));
        }

        var codes = typeof(ExitCodes).GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(field => (int)field.GetRawConstantValue()!).Append(ProcessEnd.InvariantBroken).Distinct();
        Assert.Equal(codes.Order(), ManualPage.Exits.Select(exit => exit.Code));
    }

    [Theory]
    [InlineData("man", new[] { "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", "-" })]
    [InlineData("groff", new[] { "-man", "-Tutf8", "-wall", "-Wbreak", "-z" })]
    public async Task A_formatter_has_nothing_against_it(string formatter, string[] arguments)
    {
        var page = (await ProgramRun.RunAsync("man")).Output;

        var (code, _, error) = await HostTool.RunAsync(
            formatter, arguments, new Dictionary<string, string> { ["MANWIDTH"] = "80" }, page);

        Assert.Equal((0, ""), (code, error));
    }

    [Fact]
    public async Task Whatever_stands_in_it_is_shown_as_it_is()
    {
        const string Odd = @".so /etc/passwd \fB 'a' `b` ~^ ""q"" – …";
        var page = new RoffText();
        page.Title("PARLEY", "Parley", "User Commands");
        page.Section("NAME");
        page.Paragraph(Odd);

        var (_, output, _) = await HostTool.RunAsync(
            "groff", ["-man", "-Tutf8", "-P-c", "-P-b", "-P-u", "-P-o"], input: page.ToString());

        Assert.Contains(Odd, output, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Path, Command Verb)> AllOf(Command command, string path) =>
        command.Subcommands.SelectMany(
            verb => AllOf(verb, $"{path} {verb.Name}").Prepend(($"{path} {verb.Name}", verb)));
}
