using Parley.Local;

namespace Parley.Tests.BadInput;

/// <summary>
/// A directory that not even root may write to: mounted read-only over itself, in a mount namespace of the one process
/// that shall see it so. It ends with that process: nothing stays mounted.
/// </summary>
internal static class ReadOnlyMount
{
    private const string Script = """mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@" """;

    /// <summary>What stands before a command that shall see it so.</summary>
    public static string[] Over(string directory) =>
    [
        "unshare",
        .. (string[])(Environment.IsPrivilegedProcess ? [] : ["--user", "--map-root-user"]),
        "--mount", "sh", "-c", Script, directory,
    ];

    /// <summary>Why it cannot be done here; null when it can. Tried out.</summary>
    public static async Task<string?> FindHindranceAsync(string directory)
    {
        try
        {
            var command = Over(directory);
            await SystemCommand.RunAsync(command[0], [.. command[1..], "sh", "-c", "! touch \"$0/x\"", directory]);
            return null;
        }
        catch (SystemCommandException failure)
        {
            return $"no directory can be made read-only here: {failure.Message}";
        }
    }
}
