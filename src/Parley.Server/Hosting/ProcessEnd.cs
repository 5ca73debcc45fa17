using System.Runtime.InteropServices;
using Parley.Core;
using Parley.Raft.Storage;
using Parley.Server.Consensus;

namespace Parley.Server.Hosting;

/// <summary>
/// The single place where a failure ends the process: at once, so that no thread acknowledges anything afterwards.
/// </summary>
internal static partial class ProcessEnd
{
    public const int Refused = 10;
    public const int StorageFailed = 11;
    public const int InvariantBroken = 12;

    /// <summary>No failure: an administrator wants the process started again, which service managers do for what is not
    /// 0.</summary>
    public const int RestartAsked = 13;

    private static readonly Lock Gate = new();

    /// <summary>Runs the body of a thread whose failure is the node's.</summary>
    public static void Guard(string part, Action body)
    {
        try
        {
            body();
        }
        catch (Exception exception)
        {
            Fail(part, exception);
        }
    }

    /// <summary>As <see cref="Guard"/>, for a loop that ends when it is told to.</summary>
    public static async Task GuardAsync(
        string part, Func<CancellationToken, Task> body, CancellationToken stopping)
    {
        try
        {
            await body(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped, as it was told.
        }
        catch (Exception exception)
        {
            Fail(part, exception);
        }
    }

    /// <summary>Says why on stderr and ends the process; does not return.</summary>
    public static void Fail(string part, Exception exception)
    {
        lock (Gate)
        {
            var code = CodeOf(exception);
            Console.Error.WriteLine($"parley: {part} failed: {exception.Message}");
            if (code == InvariantBroken && exception is not StateDivergedException)
            {
                Console.Error.WriteLine(exception);
            }

            Console.Error.Flush();
            Exit(code);
        }
    }

    /// <summary>The exit code a failure has (docs/operations.md).</summary>
    public static int CodeOf(Exception exception) => exception switch
    {
        DataDirectoryRefusedException or LogDamagedException or StateDamagedException
            or UnknownStateVersionException => Refused,
        StorageFailedException or StateStorageException or IOException or UnauthorizedAccessException => StorageFailed,
        _ => InvariantBroken,
    };

    /// <summary>No exit handlers, no other thread goes on: what is not synced by now was not promised.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void Exit(int code);
}
