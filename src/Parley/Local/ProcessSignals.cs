using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Parley.Local;

/// <summary>kill(2): .NET itself only sends SIGKILL. Always to one process, by its id.</summary>
internal static partial class ProcessSignals
{
    // Numbers of x64 and arm64 Linux (signal(7)).
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <exception cref="Win32Exception">The process is gone, or not ours.</exception>
    public static void Send(int processId, int signal)
    {
        // 0 and negative ids address whole groups of processes.
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(processId);
        if (SendSignal(processId, signal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Takes this process out of its terminal's foreground: Ctrl-C then reaches the parent alone, which ends
    /// its children when it has logged out. Best effort: a session leader may not, and needs not.</summary>
    public static void LeaveForeground() => _ = SetProcessGroup(0, 0);

    [LibraryImport("libc", EntryPoint = "setpgid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetProcessGroup(int processId, int groupId);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int processId, int signal);
}
