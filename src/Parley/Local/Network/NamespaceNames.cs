using System.Globalization;

namespace Parley.Local.Network;

/// <summary>
/// Names of network namespaces that say whose they are: <c>parley-PID-START-N</c>, where the start of the process tells
/// it from an earlier one of the same id. So what a killed run left can be told from what a running one needs.
/// </summary>
internal static class NamespaceNames
{
    /// <summary>Where ip-netns(8) keeps them.</summary>
    public const string Folder = "/run/netns";

    private const string Prefix = "parley";
    private const int Parts = 4;
    private const int StartField = 20;

    /// <summary>Of a namespace of this process.</summary>
    public static string Of(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{Own()}-{number}");

    /// <summary>Those of processes that are no more.</summary>
    public static IReadOnlyList<string> Orphans() => !Directory.Exists(Folder)
        ? []
        : [.. Directory.EnumerateFileSystemEntries(Folder).Select(path => Path.GetFileName(path)).Where(IsOrphan)];

    private static string Own() => OwnerOf(Environment.ProcessId)
        ?? throw new InvalidOperationException("/proc does not know this process");

    private static bool IsOrphan(string name)
    {
        var parts = name.Split('-');
        return parts.Length == Parts
            && parts[0] == Prefix
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var process)
            && OwnerOf(process) != string.Join('-', parts[..^1]);
    }

    /// <summary>Null when there is no such process.</summary>
    private static string? OwnerOf(int process)
    {
        try
        {
            // The second field is a name in brackets and may hold anything; the 22nd is the start (proc_pid_stat(5)).
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            var start = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[StartField - 1];
            return string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{process}-{start}");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
