namespace Parley.Verbs.Verify;

/// <summary>Where a run leaves what it saw: <c>report.md</c>, all its lines in <c>report.txt</c>,
/// <c>history.jsonl</c>, and <c>nodes</c> with the data and
/// last words of each node.</summary>
internal sealed class VerifyFolder : IDisposable
{
    private readonly string path;
    private readonly bool isTemporary;
    private readonly TextWriter output;
    private readonly StreamWriter report;
    private string last = "";

    private VerifyFolder(string path, bool isTemporary, TextWriter output)
    {
        this.path = path;
        this.isTemporary = isTemporary;
        this.output = output;
        report = new(Path.Combine(path, "report.txt")) { AutoFlush = true };
    }

    public string Nodes => Path.Combine(path, "nodes");

    public string History => Path.Combine(path, "history.jsonl");

    public static VerifyFolder Open(string? directory, TextWriter output)
    {
        return directory is null
            ? new(Directory.CreateTempSubdirectory("parley-verify-").FullName, isTemporary: true, output)
            : new(Directory.CreateDirectory(directory).FullName, isTemporary: false, output);
    }

    /// <summary>Prints a line, and keeps it.</summary>
    public void Tell(string line)
    {
        output.WriteLine(line);
        output.Flush();
        report.WriteLine(line);
    }

    /// <summary>The run on one page: <c>report.md</c>.</summary>
    public void Keep(VerifyReport page) => File.WriteAllLines(Path.Combine(path, "report.md"), page.Lines());

    /// <summary>To be printed when all else is said.</summary>
    public void Last(string line) => last = line;

    /// <summary>Keeps what a failed run left; of a good one only what was asked for.</summary>
    public void End(bool isWhole)
    {
        if (!isWhole)
        {
            Tell($"histories, logs and data of the nodes are kept in {path}");
        }
        else
        {
            Directory.Delete(Nodes, recursive: true);
        }

        Tell(last);
        if (isWhole && isTemporary)
        {
            report.Dispose();
            Directory.Delete(path, recursive: true);
        }
    }

    public void Dispose() => report.Dispose();
}
