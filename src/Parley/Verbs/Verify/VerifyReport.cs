using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Parley.Verbs.Verify.Faults;
using Parley.Verify;

namespace Parley.Verbs.Verify;

/// <summary>A run on one page of Markdown: what it was, on which machine, what it did not do, and what came of it.
/// </summary>
internal sealed record VerifyReport
{
    public required VerifyOptions Options { get; init; }

    public required IReadOnlyList<FaultKind> Kinds { get; init; }

    /// <summary>What this machine does not allow, a line each.</summary>
    public required IReadOnlyList<string> NotDone { get; init; }

    public required IReadOnlyList<FaultNote> Notes { get; init; }

    public required IReadOnlyList<Verdict> Verdicts { get; init; }

    /// <summary>What C15 asks for, a line each.</summary>
    public required IReadOnlyList<string> Healing { get; init; }

    /// <summary>How many messages were edited and deleted.</summary>
    public required string Changes { get; init; }

    /// <summary>What should not have happened, a line each.</summary>
    public required IReadOnlyList<string> Broken { get; init; }

    /// <summary>PASS or FAIL and the numbers.</summary>
    public required string Last { get; init; }

    private static string Version => typeof(VerifyReport).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public IEnumerable<string> Lines() =>
    [
        $"# parley verify, seed {Options.Seed}", "", Last, "",
        .. List(
        [
            $"version {Version}",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Options.Size} servers, {Options.Duration.TotalMinutes:0.##} minutes of faults"),
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}, "
                + $"{Environment.ProcessorCount} cores, load {LoadNow()}",
            $"faults: {string.Join(", ", Kinds.Select(kind => kind.Word()))}",
            .. NotDone,
        ]),
        .. Section("Broken", List(Broken)),
        .. Section("Longest time without an answer, by kind", KindTable()),
        .. Section("Longest time without an answer, against the figures", GapTable(isBearable: true)),
        .. Section("To the first answer after a majority was gone", GapTable(isBearable: false)),
        .. Section("What was longer than its figure, and what happened meanwhile", Traces()),
        .. Section("After healing", List(Healing)),
        .. Section("Judged", List(Verdicts.Select(verdict => verdict.ToString()).Prepend(Changes))),
    ];

    private static string LoadNow() =>
        File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static IEnumerable<string> List(IEnumerable<string> items) => items.Select(item => $"- {item}");

    private static IEnumerable<string> Section(string title, IEnumerable<string> lines)
    {
        var body = lines.ToList();
        return body.Count == 0 ? [] : ["", $"## {title}", "", .. body];
    }

    /// <summary>While a majority stood.</summary>
    private IEnumerable<string> KindTable()
    {
        var rows = Notes.Where(note => note.IsBearable)
            .GroupBy(note => note.Kind)
            .OrderBy(group => group.Key)
            .Select(group => (Worst: group.MaxBy(note => note.Gap)!, Gaps: FaultNotes.GapsOf(group)))
            .Select(row => string.Create(
                CultureInfo.InvariantCulture,
                $"| {row.Worst.Kind.Word()} | {row.Gaps.Count} | {FaultNotes.MedianOf(row.Gaps):0.00} "
                    + $"| {row.Gaps[^1]:0.00} | {row.Worst.Name} |"))
            .ToList();
        return rows.Count == 0
            ? []
            : ["| kind | n | median s | max s | the longest was |", "|---|---|---|---|---|", .. rows];
    }

    private IEnumerable<string> Traces() => Notes.Where(note => note.Trace.Count > 0)
        .SelectMany(note => (IEnumerable<string>)
        [
            "", string.Create(CultureInfo.InvariantCulture, $"{note.Name}: {note.Gap.TotalSeconds:0.00} s"), "", "```",
            .. note.Trace, "```",
        ])
        .Skip(1);

    private IEnumerable<string> GapTable(bool isBearable)
    {
        var rows = Notes.Where(note => note.IsBearable == isBearable)
            .GroupBy(note => note.Row, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => RowOf(group.Key, [.. group]))
            .ToList();
        return rows.Count == 0
            ? []
            : ["| fault | n | median s | max s | terms | figure | |", "|---|---|---|---|---|---|---|", .. rows];
    }

    private static string RowOf(string title, IReadOnlyList<FaultNote> notes)
    {
        var gaps = FaultNotes.GapsOf(notes);
        var figure = GapFigure.Of(notes[0]);
        var result = figure?.FindMissed(notes) is { } missed ? $"missed: {missed}" : "met";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {title} | {notes.Count} | {FaultNotes.MedianOf(gaps):0.00} | {gaps[^1]:0.00} "
                + $"| {notes.Sum(note => note.Terms)} | {figure?.ToString() ?? "–"} "
                + $"| {(figure is null ? "–" : result)} |");
    }
}
