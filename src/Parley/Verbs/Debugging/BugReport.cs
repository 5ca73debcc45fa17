using System.Text;
using Parley.CommandLine;
using Parley.Server.Backup;
using Parley.Terminal;

namespace Parley.Verbs.Debugging;

/// <summary>What goes into a bug report: files of lines, redacted as they come, and what could not be had.</summary>
internal sealed class BugReport
{
    private readonly List<BugReportFile> files = [];
    private readonly List<string> missing = [];

    public IReadOnlyList<BugReportFile> Files => files;

    /// <summary>Sentences for the operator, who may be able to add it.</summary>
    public IReadOnlyList<string> Missing => missing;

    /// <summary>Adds a file of lines that may have been written by others.</summary>
    public void Add(string name, IEnumerable<string> lines) => files.Add(FileOf(name, lines));

    /// <summary>As <see cref="Add"/>, before all others.</summary>
    public void AddFirst(string name, IEnumerable<string> lines) => files.Insert(0, FileOf(name, lines));

    /// <summary>It is not among the files.</summary>
    public void Miss(string what, string why) => missing.Add(Sanitizer.Line(
        string.Join(' ', Redaction.Of([$"{what}: {why}"]))));

    /// <summary>Adds a file, or says why not: whatever is the matter, there is a report of all else.</summary>
    public async Task TryAddAsync(string name, Func<Task<IEnumerable<string>>> gather)
    {
        try
        {
            Add(name, await gather());
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Miss(name, Failures.Describe(failure).Sentence);
        }
    }

    /// <summary>As <see cref="TryAddAsync"/>, of what is at hand.</summary>
    public void TryAdd(string name, Func<IEnumerable<string>> gather)
    {
        try
        {
            Add(name, Refusals.Run(() => gather().ToList()));
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Miss(name, Failures.Describe(failure).Sentence);
        }
    }
    private static BugReportFile FileOf(string name, IEnumerable<string> lines)
    {
        var text = new StringBuilder();
        foreach (var line in Redaction.Of(lines))
        {
            text.Append(Sanitizer.Line(line.Replace('\t', ' '))).Append('\n');
        }

        return new BugReportFile(name, Encoding.UTF8.GetBytes(text.ToString()));
    }
}

/// <summary>A file of a bug report.</summary>
/// <param name="Name">With the folders before it.</param>
/// <param name="Content">UTF-8.</param>
internal sealed record BugReportFile(string Name, byte[] Content);
