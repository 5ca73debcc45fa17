using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Parley.Local.Network;

namespace Parley.Tests.Nemesis;

/// <summary>A datagram socket of a machine, held by this process: it sends and hears as that machine does.</summary>
internal sealed class MachineSocket : IDisposable
{
    private const int AnyPort = 0;
    private const int NetworkNamespace = 0x40000000; // CLONE_NEWNET (setns(2)).
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Socket socket;

    private MachineSocket(Socket socket) => this.socket = socket;

    public IPEndPoint Address => (IPEndPoint)socket.LocalEndPoint!;

    public static MachineSocket Open(MachineNetwork network, int machine)
    {
        using var place = File.OpenHandle(network.NamespaceOf(machine));
        return OnThreadOfItsOwn(() =>
        {
            if (SetNamespace((int)place.DangerousGetHandle(), NetworkNamespace) != 0)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }

            var bound = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            bound.Bind(new IPEndPoint(network.AddressOf(machine), AnyPort));
            return new MachineSocket(bound);
        });
    }

    public void Say(MachineSocket to, int word) => socket.SendTo(BitConverter.GetBytes(word), to.Address);

    /// <summary>The next word, and who said it.</summary>
    public (int Word, EndPoint From) Hear()
    {
        var room = new byte[sizeof(int)];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        socket.ReceiveFrom(room, ref from);
        return (BitConverter.ToInt32(room), from);
    }

    public void Dispose() => socket.Dispose();

    // The thread is in another namespace for the rest of its life: it must not be one that others use.
    private static T OnThreadOfItsOwn<T>(Func<T> act)
    {
        var outcome = new TaskCompletionSource<T>();
        var thread = new Thread(() =>
        {
            try
            {
                outcome.SetResult(act());
            }
            catch (Exception failure)
            {
                outcome.SetException(failure);
            }
        });
        thread.Start();
        thread.Join();
        return outcome.Task.GetAwaiter().GetResult();
    }

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetNamespace(int descriptor, int kind);
}
