using System.Net;
using System.Net.Sockets;

namespace Parley.Tests.Guarding;

/// <summary>Connections that say what they are told to say, and no more.</summary>
internal sealed class RawConnections : IDisposable
{
    public static readonly byte[] Http2Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];

    private readonly List<Socket> sockets = [];

    public int Count => sockets.Count;

    /// <summary>How many the other side has not closed.</summary>
    public int OpenCount => sockets.Count(IsOpen);

    public async Task OpenAsync(string address, int count, byte[] first, CancellationToken cancellationToken)
    {
        var to = IPEndPoint.Parse(address);
        for (var number = 0; number < count; number++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            await socket.ConnectAsync(to, cancellationToken);
            if (first.Length > 0)
            {
                await SendAsync(socket, first, cancellationToken);
            }
        }
    }

    public void Dispose() => sockets.ForEach(socket => socket.Dispose());

    private static async Task SendAsync(Socket socket, byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            await socket.SendAsync(bytes, cancellationToken);
        }
        catch (SocketException)
        {
            // Closed already: that is counted as such.
        }
    }

    private static bool IsOpen(Socket socket)
    {
        var buffer = new byte[256];
        try
        {
            while (socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            {
                if (socket.Receive(buffer) == 0)
                {
                    return false;
                }
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
