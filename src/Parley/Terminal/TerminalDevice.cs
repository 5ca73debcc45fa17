using System.Runtime.InteropServices;
using System.Text;
using Parley.Local;

namespace Parley.Terminal;

/// <summary>
/// The terminal of this process in raw mode: keys come one by one, nothing is echoed, Ctrl-C is a key. Restored when it
/// is disposed, when the process exits or is torn down by an exception, and before it is suspended. (kill -9 leaves it
/// raw, as it does every program's: <c>reset</c> helps.)
/// </summary>
internal sealed partial class TerminalDevice : IDisposable
{
    private const int Input = 0;
    private const int Output = 1;
    private const short PollIn = 1;
    private const int EscapeMs = 50;
    private const int LookMs = 200;
    private const int Interrupted = 4; // EINTR
    private readonly Stream output = Console.OpenStandardOutput();
    private readonly TerminalModes modes = TerminalModes.Get(Input);
    private readonly Lock switching = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly Action<TerminalInput> onInput;
    private readonly Action onResized;
    private readonly Action onEnd;
    private volatile bool isOver;
    private bool isRaw;

    /// <param name="onInput">Gets keys, on a thread of its own.</param>
    /// <param name="onResized">The area must be drawn anew: another size, or back from being suspended.</param>
    /// <param name="onEnd">The terminal has hung up: there will be no more input.</param>
    public TerminalDevice(Action<TerminalInput> onInput, Action onResized, Action onEnd)
    {
        this.onInput = onInput;
        this.onResized = onResized;
        this.onEnd = onEnd;
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => this.onResized()),
            PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => GoOn()),
            PosixSignalRegistration.Create(PosixSignal.SIGTSTP, signal =>
            {
                signal.Cancel = true;
                Suspend();
            }),
        ];
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
    }

    /// <summary>Both ends are a terminal that can move its cursor.</summary>
    public static bool IsUsable =>
        Native.IsTerminal(Input) == 1 && Native.IsTerminal(Output) == 1
        && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } name && name != "dumb";

    /// <summary>Columns and rows now.</summary>
    public static (int Columns, int Rows) Size
    {
        get
        {
            Span<ushort> size = stackalloc ushort[4];
            return Native.AskSize(Output, Native.WindowSize, ref MemoryMarshal.GetReference(size)) == 0 && size[1] > 0
                ? (size[1], Math.Max((ushort)1, size[0]))
                : (80, 24);
        }
    }

    /// <summary>Begins to read keys.</summary>
    public void Start()
    {
        SetRaw(true);
        new Thread(ReadAll) { IsBackground = true, Name = "keyboard" }.Start();
    }

    /// <summary>All of it is written when this returns; a terminal that is gone is nobody's loss.</summary>
    public void Write(string text)
    {
        try
        {
            output.Write(Encoding.UTF8.GetBytes(text));
            output.Flush();
        }
        catch (IOException)
        {
            isOver = true;
        }
    }

    /// <summary>Gives the terminal back and stops this process until somebody continues it.</summary>
    public void Suspend()
    {
        SetRaw(false);
        ProcessSignals.Send(Environment.ProcessId, ProcessSignals.Stop);
    }

    public void Dispose()
    {
        isOver = true;
        SetRaw(false);
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandled;
    }

    private void GoOn()
    {
        if (!isOver)
        {
            SetRaw(true);
            onResized();
        }
    }

    private void SetRaw(bool raw)
    {
        lock (switching)
        {
            if (raw && !isOver)
            {
                // Also when it was raw: after SIGCONT the shell may have set its own modes.
                modes.SetRaw();
                Write(Ansi.ModesOn);
                isRaw = true;
            }
            else if (isRaw)
            {
                isRaw = false;
                Write(Ansi.ModesOff);
                modes.Restore();
            }
        }
    }

    private void OnProcessExit(object? sender, EventArgs ending) => SetRaw(false);

    private void OnUnhandled(object sender, UnhandledExceptionEventArgs failure) => SetRaw(false);

    private void ReadAll()
    {
        var reader = new InputReader();
        var buffer = new byte[4096];
        while (!isOver)
        {
            var wait = new Native.PollEntry { File = Input, Events = PollIn };
            var ready = Native.Poll(ref wait, 1, reader.IsWaiting ? EscapeMs : LookMs);
            if (ready == 0)
            {
                Hand(reader.Flush());
                continue;
            }

            if (ready < 0 && Marshal.GetLastPInvokeError() == Interrupted)
            {
                continue;
            }

            var length = ready < 0 || isOver ? 0 : Native.Read(Input, ref buffer[0], buffer.Length);
            if (length <= 0)
            {
                break;
            }

            Hand(reader.Feed(buffer.AsSpan(0, (int)length)));
        }

        onEnd();
    }

    private void Hand(IReadOnlyList<TerminalInput> inputs)
    {
        foreach (var input in inputs)
        {
            onInput(input);
        }
    }

    private static partial class Native
    {
        /// <summary>TIOCGWINSZ of x64 and arm64 Linux.</summary>
        internal const nuint WindowSize = 0x5413;

        [LibraryImport("libc", EntryPoint = "isatty")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static partial int IsTerminal(int file);

        [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static partial int AskSize(int file, nuint request, ref ushort size);

        [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static partial int Poll(ref PollEntry entries, nuint count, int timeoutMs);

        [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static partial nint Read(int file, ref byte buffer, nint length);

        /// <summary>struct pollfd.</summary>
        [StructLayout(LayoutKind.Sequential)]
        internal struct PollEntry
        {
            public int File;
            public short Events;
            public short Happened;
        }
    }
}
