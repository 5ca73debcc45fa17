using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Parley.Local.Network;

/// <summary>
/// A network device whose cable ends in this process (tun(4)): what the kernel sends through it is read here, what is
/// written here the kernel receives, one IP packet at a time. It is gone when this process is, however it ends.
/// </summary>
internal sealed partial class TunDevice : IDisposable
{
    /// <summary>The largest packet, in bytes: the MTU of Ethernet, which is a new device's own.</summary>
    public const int PacketBytesMax = 1_500;

    private const string Door = "/dev/net/tun";

    // Numbers of x64 and arm64 Linux (open(2), linux/if_tun.h, if.h, errno(3)).
    private const int ReadWrite = 0x2;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const nuint SetInterface = 0x400454ca;
    private const short PlainTun = 0x0001 | 0x1000;
    private const int RequestBytes = 40;
    private const int NameBytes = 16;
    private const int TryAgain = 11;
    private const int Taken = 16;

    private readonly SafeFileHandle handle;

    private TunDevice(string name, SafeFileHandle handle)
    {
        Name = name;
        this.handle = handle;
    }

    public string Name { get; }

    /// <summary>For poll(2), while this device is not disposed.</summary>
    public int Descriptor => (int)handle.DangerousGetHandle();

    /// <summary>Makes it, in the network namespace of this process; null: a device of that name is in use.</summary>
    /// <exception cref="Win32Exception">It cannot be made; the message says why.</exception>
    public static TunDevice? Open(string name)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(name.Length, NameBytes);
        var file = OpenFile(Door, ReadWrite | NonBlocking | CloseOnExec);
        if (file.IsInvalid)
        {
            throw Failure("open");
        }

        var request = new byte[RequestBytes];
        Encoding.ASCII.GetBytes(name, request);
        MemoryMarshal.Write(request.AsSpan(NameBytes), PlainTun);
        if (Control(file, SetInterface, ref request[0]) == 0)
        {
            return new(name, file);
        }

        var failure = Failure("TUNSETIFF");
        file.Dispose();
        return failure.NativeErrorCode == Taken ? null : throw failure;
    }

    /// <summary>The next packet's length in bytes; 0: none is there now.</summary>
    /// <exception cref="Win32Exception">The device is gone or down.</exception>
    public int Read(Span<byte> packet)
    {
        var count = ReadFile(handle, ref MemoryMarshal.GetReference(packet), (nuint)packet.Length);
        if (count >= 0)
        {
            return (int)count;
        }

        return Marshal.GetLastPInvokeError() == TryAgain ? 0 : throw Failure("read");
    }

    /// <summary>False: the kernel did not take it; the device is down or gone, or there is no room.</summary>
    public bool TryWrite(ReadOnlySpan<byte> packet) =>
        WriteFile(handle, in MemoryMarshal.GetReference(packet), (nuint)packet.Length) == packet.Length;

    public void Dispose() => handle.Dispose();

    private static Win32Exception Failure(string call)
    {
        var error = Marshal.GetLastPInvokeError();
        return new(error, $"{Door}: {call}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial SafeFileHandle OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeFileHandle file, nuint request, ref byte argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ReadFile(SafeFileHandle file, ref byte room, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint WriteFile(SafeFileHandle file, ref readonly byte bytes, nuint count);
}
