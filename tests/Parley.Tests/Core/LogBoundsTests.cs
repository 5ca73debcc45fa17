using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Parley.Core;
using Parley.Tests.Repository;

namespace Parley.Tests.Core;

/// <summary>A bound that decides what an entry does is for ever, as a field of the log is: with another value, two
/// programs would make two states of one log, or a leader refuse what another node proposes rightly.</summary>
public sealed partial class LogBoundsTests
{
    private const string List = "tests/Parley.Tests/Core/log-bounds.txt";

    /// <summary>What Apply runs through.</summary>
    private static readonly string[] Places =
    [
        "src/Parley.Core/Commands/", "src/Parley.Core/Facts/", "src/Parley.Core/Storage/",
        "src/Parley.Core/SettingsDefaults.cs",
    ];

    [Fact]
    public void No_bound_of_a_rule_changes_without_a_state_version()
    {
        var listed = SourceFiles.ReadLines(List).Where(line => line.Length > 0 && line[0] != '#').ToArray();
        var found = Used().Select(name => $"{name}={ValueOf(name)}").ToArray();
        var values = listed.Select(line => line.Split(' ')[1]).Order(StringComparer.Ordinal);

        Assert.True(
            values.SequenceEqual(found, StringComparer.Ordinal),
            $"{List}: one line a bound expected, 'VERSION NAME=VALUE'. New or changed: "
            + $"{string.Join(", ", found.Except(values))}; not there any more: "
            + $"{string.Join(", ", values.Except(found))}. "
            + "A changed one needs a new state version, and its old value for entries before it (CONTRIBUTING.md).");
        Assert.All(listed, line => Assert.InRange(
            int.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture), 1, ChatState.StateVersionMax));
    }

    private static IEnumerable<string> Used() => SourceFiles.With(".cs")
        .Where(file => Places.Any(place => file.StartsWith(place, StringComparison.Ordinal)))
        .SelectMany(file => Use().Matches(SourceFiles.Read(file)))
        .Select(match => match.Groups["name"].Value)
        .Distinct(StringComparer.Ordinal)
        .Order(StringComparer.Ordinal);

    private static string ValueOf(string name)
    {
        var value = typeof(Limits).GetField(name, BindingFlags.Static | BindingFlags.Public)!.GetValue(null);
        var number = value is TimeSpan span ? (long)span.TotalMilliseconds : Convert.ToInt64(value, null);
        return number.ToString(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\bLimits\.(?<name>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Use();
}
