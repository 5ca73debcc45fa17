using System.Globalization;

namespace Parley.Local;

/// <summary>
/// A wall clock for each node that can be set while it runs, by libfaketime(1), preloaded: it reads an offset from a
/// file. Monotonic clocks are true, as they are on a machine whose wall clock is set.
/// </summary>
internal sealed class FakeClocks
{
    private const string Library = "libfaketimeMT.so.1";
    private const string SharedMemory = "/dev/shm";

    private static readonly string[] LibraryFolders =
        [.. Directories("/usr/lib"), "/usr/lib64", "/usr/lib", "/usr/local/lib"];

    private readonly string folder;
    private readonly string library;

    private FakeClocks(string folder, string library)
    {
        this.folder = folder;
        this.library = library;
    }

    /// <summary>Null when a process here believes such a clock, else why not.</summary>
    public static async Task<string?> FindReasonAgainstAsync()
    {
        if (FindLibrary() is not { } library)
        {
            return $"{Library} is not there; install the package faketime (or libfaketime)";
        }

        var trial = Directory.CreateTempSubdirectory("parley-clock-").FullName;
        try
        {
            var clocks = new FakeClocks(trial, library);
            clocks.Set(1, TimeSpan.FromDays(1));
            var settings = clocks.EnvironmentOf(1).Select(setting => $"{setting.Key}={setting.Value}");
            var told = await SystemCommand.RunAsync("env", [.. settings, "date", "+%s"]);
            var ahead = long.Parse(told, CultureInfo.InvariantCulture)
                - TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            return TimeSpan.FromSeconds(ahead) > TimeSpan.FromHours(23)
                ? null
                : $"{library} does not move a process's clock here";
        }
        catch (SystemCommandException failure)
        {
            return failure.Message;
        }
        finally
        {
            Directory.Delete(trial, recursive: true);
        }
    }

    /// <summary>All clocks right.</summary>
    /// <param name="folder">Gets a file for each node.</param>
    /// <param name="count">Of nodes.</param>
    /// <exception cref="SystemCommandException">The library is not there.</exception>
    public static FakeClocks Make(string folder, int count)
    {
        var clocks = new FakeClocks(
            Directory.CreateDirectory(folder).FullName,
            FindLibrary() ?? throw new SystemCommandException($"{Library} is not there; install the package faketime"));
        for (var id = 1; id <= count; id++)
        {
            clocks.Set(id, TimeSpan.Zero);
        }

        return clocks;
    }

    /// <summary>What the node must be started with.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOf(int id) => new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = library,
        ["FAKETIME_TIMESTAMP_FILE"] = FileOf(id),
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        // Looked at once a second; at every call it costs more than the node itself.
        ["FAKETIME_CACHE_DURATION"] = "1",
        // 0.9.10 takes the monotonic deadlines of pthread_cond_timedwait for wall time unless told not to: waits end at
        // once, and an idle node burns a core (measured).
        ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
    };

    /// <summary>From within a second on the node's wall clock is that far from the true one.</summary>
    public void Set(int id, TimeSpan offset)
    {
        // In one step: a half-written file is read as well.
        var draft = $"{FileOf(id)}.new";
        File.WriteAllText(
            draft, string.Create(CultureInfo.InvariantCulture, $"{offset.TotalSeconds:+0;-0;+0}\n"));
        File.Move(draft, FileOf(id), overwrite: true);
    }

    /// <summary>What the library leaves of processes that were killed.</summary>
    public static void RemoveLeftovers(IEnumerable<int> processIds)
    {
        foreach (var id in processIds)
        {
            File.Delete(Path.Combine(SharedMemory, $"faketime_shm_{id}"));
            File.Delete(Path.Combine(SharedMemory, $"sem.faketime_sem_{id}"));
        }
    }

    private static string? FindLibrary() => LibraryFolders
        .SelectMany(place => (string[])[Path.Combine(place, "faketime", Library), Path.Combine(place, Library)])
        .FirstOrDefault(File.Exists);

    private static string[] Directories(string place) =>
        Directory.Exists(place) ? [.. Directory.GetDirectories(place, "*-linux-gnu*").Order()] : [];

    private string FileOf(int id) => Path.Combine(folder, $"clock-{id}");
}
