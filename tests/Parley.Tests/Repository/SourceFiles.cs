using System.Diagnostics;

namespace Parley.Tests.Repository;

/// <summary>The files of the repository, as git sees them; folders and names relative to its root, with '/'.</summary>
internal static class SourceFiles
{
    private static readonly Lazy<IReadOnlyList<string>> AllFiles = new(List);

    /// <summary>Every file that is tracked, or new and not ignored.</summary>
    public static IReadOnlyList<string> All => AllFiles.Value;

    public static IEnumerable<string> With(string ending) =>
        All.Where(file => file.EndsWith(ending, StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(RepositoryRoot.Path, file));

    public static IEnumerable<string> ReadLines(string file) =>
        File.ReadLines(Path.Combine(RepositoryRoot.Path, file));

    private static List<string> List()
    {
        var start = new ProcessStartInfo("git", ["ls-files", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = RepositoryRoot.Path,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var git = Process.Start(start)!;
        var files = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);

        return [.. files.Where(file => File.Exists(Path.Combine(RepositoryRoot.Path, file))).Distinct()];
    }
}
