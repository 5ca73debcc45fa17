using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.Logging;

namespace Parley.Tests.Repository;

/// <summary>The repository's own rules (CONTRIBUTING.md), as tests: rules that nobody runs decay.</summary>
public sealed partial class TidyTests
{
    private const int FileLinesMax = 400;
    private const int LineCharactersMax = 120;
    private const int RootEntriesMax = 18;
    private const int ReadmeWordsMax = 350;

    /// <summary>Which project may refer to which: arrows never turn.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new(StringComparer.Ordinal)
    {
        ["Parley.Protocol"] = [],
        ["Parley.Core"] = [],
        ["Parley.Raft"] = [],
        ["Parley.Verify"] = [],
        ["Parley.Server"] = ["Parley.Core", "Parley.Protocol", "Parley.Raft"],
        ["Parley.Client"] = ["Parley.Protocol"],
        ["Parley"] = ["Parley.Client", "Parley.Server", "Parley.Verify"],
        ["Parley.Simulation"] = ["Parley.Core", "Parley.Raft", "Parley.Verify"],
        ["Parley.Fuzz"] = ["Parley", "Parley.Simulation"],
        ["bot"] = ["Parley.Client"],
        ["Parley.Tests"] = ["Parley", "Parley.Fuzz", "Parley.Simulation", "bot"],
    };

    [Fact]
    public void Project_references_follow_the_arrows()
    {
        var projects = SourceFiles.With(".csproj").ToList();

        Assert.Equal(Arrows.Keys.Order(), projects.Select(Path.GetFileNameWithoutExtension).Order()!);
        foreach (var project in projects)
        {
            var references = XDocument.Parse(SourceFiles.Read(project)).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
            Assert.Equal(Arrows[Path.GetFileNameWithoutExtension(project)], references.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void An_event_of_the_log_has_an_id_of_its_own()
    {
        var ids = typeof(Parley.Server.Log).GetMethods(BindingFlags.Static | BindingFlags.Public)
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId)
            .OfType<int>()
            .ToList();

        Assert.NotEmpty(ids);
        Assert.Equal(ids.Distinct().Order(), ids.Order());
    }

    [Fact]
    public void Files_and_lines_stay_readable()
    {
        var wrongs = new List<string>();
        foreach (var file in SourceFiles.With(".cs"))
        {
            var lines = SourceFiles.ReadLines(file).ToList();
            if (lines.Count > FileLinesMax)
            {
                wrongs.Add($"{file}: {FileLinesMax} lines at most, {lines.Count} found; split it by concern");
            }

            wrongs.AddRange(lines.Index()
                .Where(line => line.Item.Length > LineCharactersMax)
                .Select(line => $"{file}:{line.Index + 1}: {LineCharactersMax} columns at most"));
        }

        Assert.Empty(wrongs);
    }

    [Fact]
    public void Folders_are_namespaces()
    {
        var wrongs = SourceFiles.With(".cs")
            .Select(file => (File: file, Namespace: NamespaceLine().Match(SourceFiles.Read(file)).Groups[1].Value))
            .Where(pair => pair.Namespace.Length > 0 && pair.Namespace != NamespaceOf(pair.File))
            .Select(pair => $"{pair.File}: namespace {NamespaceOf(pair.File)} expected, {pair.Namespace} found");

        Assert.Empty(wrongs);
    }

    [Fact]
    public void No_pragma_and_no_left_over_switches_a_rule_off()
    {
        var wrongs = SourceFiles.With(".cs")
            .Where(file => !file.EndsWith("/TidyTests.cs", StringComparison.Ordinal))
            .Where(file => LeftOver().IsMatch(SourceFiles.Read(file)));

        Assert.Empty(wrongs);
    }

    [Fact]
    public void Rules_that_are_off_say_why()
    {
        var wrongs = new List<string>();
        var reasoned = false;
        foreach (var line in SourceFiles.ReadLines(".editorconfig"))
        {
            var isOff = line.Contains(".severity = none", StringComparison.Ordinal)
                || line.Contains(".severity = suggestion", StringComparison.Ordinal);
            if (isOff && !reasoned && !line.Contains("CA1502", StringComparison.Ordinal))
            {
                wrongs.Add(line);
            }

            reasoned = line.StartsWith('#') || ((isOff || line.StartsWith('[')) && reasoned);
        }

        Assert.Empty(wrongs);
    }

    [Fact]
    public void The_root_and_the_readme_stay_small()
    {
        var entries = SourceFiles.All.Select(file => file.Split('/')[0]).Distinct()
            .Where(entry => !entry.StartsWith('.')).ToList();
        var words = SourceFiles.Read("README.md").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

        Assert.InRange(entries.Count, 1, RootEntriesMax);
        Assert.InRange(words, 50, ReadmeWordsMax);
    }

    [Fact]
    public void Protobuf_fields_are_documented()
    {
        var wrongs = new List<string>();
        foreach (var file in SourceFiles.With(".proto"))
        {
            var previous = "";
            foreach (var line in SourceFiles.ReadLines(file).Select(line => line.Trim()))
            {
                if (ScalarField().IsMatch(line) && !previous.StartsWith("//", StringComparison.Ordinal))
                {
                    wrongs.Add($"{file}: {line}");
                }

                previous = line;
            }
        }

        Assert.Empty(wrongs);
    }

    private static string NamespaceOf(string file)
    {
        var folders = file.Split('/')[1..^1];
        return string.Join('.', folders);
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"#pragma warning|SuppressMessage|\bTODO\b|\bHACK\b|NotImplementedException")]
    private static partial Regex LeftOver();

    [GeneratedRegex(@"^(repeated )?(bytes|string|u?int(32|64)|fixed64|bool) \w+ = \d+;")]
    private static partial Regex ScalarField();
}
