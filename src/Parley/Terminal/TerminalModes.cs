using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Parley.Terminal;

/// <summary>The terminal's line discipline (termios(3)), as it was found and as a line editor needs it.</summary>
internal sealed partial class TerminalModes
{
    // struct termios of x64 and arm64 Linux has 60 bytes; more does no harm.
    private const int StructBytes = 256;
    private const int InputFlags = 0;
    private const int LocalFlags = 12;

    /// <summary>BRKINT, ISTRIP, INLCR, IGNCR, ICRNL, IXON.</summary>
    private const uint NoInputMangling = 0x2 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400;
    private const uint NoLineDiscipline = 0x1 | 0x2 | 0x8 | 0x8000; // ISIG ICANON ECHO IEXTEN
    private const int TimeAt = 17 + 5; // VTIME
    private const int MinimumAt = 17 + 6; // VMIN
    private const int AfterOutput = 1; // TCSADRAIN
    private readonly int file;
    private readonly byte[] found;

    private TerminalModes(int file, byte[] found)
    {
        this.file = file;
        this.found = found;
    }

    /// <summary>Remembers how it is now.</summary>
    public static TerminalModes Get(int file)
    {
        var modes = new byte[StructBytes];
        return GetAttributes(file, ref modes[0]) == 0
            ? new(file, modes)
            : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>Every key at once and as it is; output stays as it was.</summary>
    public void SetRaw()
    {
        var raw = (byte[])found.Clone();
        Clear(raw, InputFlags, NoInputMangling);
        Clear(raw, LocalFlags, NoLineDiscipline);
        raw[TimeAt] = 0;
        raw[MinimumAt] = 1;
        _ = SetAttributes(file, AfterOutput, ref raw[0]);
    }

    /// <summary>As it was found.</summary>
    public void Restore() => _ = SetAttributes(file, AfterOutput, ref found[0]);

    private static void Clear(byte[] modes, int at, uint flags) =>
        BitConverter.TryWriteBytes(modes.AsSpan(at), BitConverter.ToUInt32(modes, at) & ~flags);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetAttributes(int file, ref byte modes);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetAttributes(int file, int when, ref byte modes);
}
