using System.Reflection;
using System.Text.RegularExpressions;

namespace Parley.Tests.Repository;

/// <summary>What the documents say about the code is there: links, type names, promises and their tests.</summary>
public sealed partial class DocsTests
{
    /// <summary>Names of the world outside that look like types of ours.</summary>
    private static readonly HashSet<string> Foreign = new(StringComparer.Ordinal)
    {
        "BackgroundService", "TimeProvider", "TaskCompletionSource", "InternalsVisibleTo",
    };

    private static IEnumerable<string> Documents => SourceFiles.With(".md");

    [Fact]
    public void Links_lead_somewhere()
    {
        var wrongs = new List<string>();
        foreach (var document in Documents)
        {
            var folder = Path.GetDirectoryName(Path.Combine(RepositoryRoot.Path, document))!;
            foreach (var link in Link().Matches(SourceFiles.Read(document)).Select(match => match.Groups[1].Value))
            {
                var isOutside = link.Contains("://", StringComparison.Ordinal) || link.StartsWith('#');
                if (!isOutside && !Path.Exists(Path.Combine(folder, link.Split('#')[0])))
                {
                    wrongs.Add($"{document}: {link}");
                }
            }
        }

        Assert.Empty(wrongs);
    }

    [Fact]
    public void Named_types_and_files_exist()
    {
        var declared = SourceFiles.With(".cs").Concat(SourceFiles.With(".proto"))
            .SelectMany(file => Declaration().Matches(SourceFiles.Read(file)).Select(match => match.Groups[2].Value))
            .ToHashSet(StringComparer.Ordinal);
        var projects = SourceFiles.With(".csproj").Select(Path.GetFileNameWithoutExtension).ToHashSet();
        var wrongs = new List<string>();
        foreach (var document in Documents)
        {
            var names = Backticked().Matches(SourceFiles.Read(document)).Select(match => match.Groups[1].Value);
            foreach (var name in names)
            {
                var isFile = name.Contains('/', StringComparison.Ordinal) && FileName().IsMatch(name);
                if (isFile && !SourceFiles.All.Any(file => file.StartsWith(name, StringComparison.Ordinal)))
                {
                    wrongs.Add($"{document}: no file {name}");
                }

                if (TypeName().IsMatch(name) && !Foreign.Contains(name)
                    && !declared.Contains(name.Split('.')[0]) && !projects.Contains(name))
                {
                    wrongs.Add($"{document}: no type {name}");
                }
            }
        }

        Assert.Empty(wrongs);
    }

    [Fact]
    public void Every_promise_has_a_test_and_every_marked_test_a_promise()
    {
        var promised = Promise().Matches(SourceFiles.Read("docs/guarantees.md"))
            .Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var attacked = typeof(DocsTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods().Cast<MemberInfo>().Prepend(type))
            .SelectMany(member => member.GetCustomAttributes<TraitAttribute>())
            .Where(trait => trait.Name == "Promise")
            .Select(trait => trait.Value).ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(promised);
        Assert.Equal(promised.Order(StringComparer.Ordinal), attacked.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Documents_speak_of_the_project_alone()
    {
        var wrongs = SourceFiles.All.Where(file => !file.EndsWith("/DocsTests.cs", StringComparison.Ordinal))
            .Where(file => OfAMachine().IsMatch(SourceFiles.Read(file)));

        Assert.Empty(wrongs);
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\b(class|record|record struct|struct|enum|interface|message|service|rpc) ([A-Z]\w*)")]
    private static partial Regex Declaration();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Backticked();

    [GeneratedRegex(@"^[A-Z][a-z]+[A-Z][A-Za-z0-9]*(\.[A-Z][A-Za-z]+)*$|^Parley(\.[A-Z]\w+)+$")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"^(src|tests|docs|proto|eng)/[\w./-]*$")]
    private static partial Regex FileName();

    [GeneratedRegex(@"^(\d+)\. \*\*", RegexOptions.Multiline)]
    private static partial Regex Promise();

    [GeneratedRegex(@"/work/|/root/|/home/\w+/|\bhelper session|\bClaude\b", RegexOptions.IgnoreCase)]
    private static partial Regex OfAMachine();
}
