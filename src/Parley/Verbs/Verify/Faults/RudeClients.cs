using System.Net.Sockets;
using System.Security.Cryptography;
using Grpc.Core;
using Parley.Protocol.Chat.V1;
using Setting = Parley.Verbs.Verify.People.Setting;

namespace Parley.Verbs.Verify.Faults;

/// <summary>Clients as no library would be: they take connections, streams and messages and give nothing back.
/// Disposing lets all go.</summary>
internal sealed class RudeClients(Setting setting) : IAsyncDisposable
{
    private const int Dawdlers = 100;
    private const int Lines = 150;
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly CancellationTokenSource stop = new();
    private readonly List<IDisposable> held = [];
    private readonly List<Task> doing = [];
    private int accounts;

    /// <summary>An account is sent many long messages, opens its stream at a node, and takes none of them.</summary>
    public async Task NeverReadAsync(int node, CancellationToken cancellationToken) =>
        held.Add(await OpenFullStreamAsync(node, cancellationToken));

    /// <summary>The same, but it takes them all and acknowledges none.</summary>
    public async Task NeverAcknowledgeAsync(int node, CancellationToken cancellationToken)
    {
        var stream = await OpenFullStreamAsync(node, cancellationToken);
        held.Add(stream);
        doing.Add(TakeAllAsync(stream));
    }

    /// <summary>Connections that send a byte a second.</summary>
    public Task DawdleAsync(int node, CancellationToken cancellationToken)
    {
        var place = setting.Cluster.Node(node).ClientAddress.Split(':');
        for (var one = 0; one < Dawdlers; one++)
        {
            var port = int.Parse(place[1], System.Globalization.CultureInfo.InvariantCulture);
            doing.Add(SendSlowlyAsync(place[0], port));
        }

        return Task.CompletedTask.WaitAsync(cancellationToken);
    }

    /// <summary>All come at once.</summary>
    public Task<string> ReturnAsync(IReadOnlyList<int> nodes, CancellationToken cancellationToken)
    {
        var returning = new ReturningClients(setting);
        held.Add(returning);
        return returning.ReturnAsync(nodes, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(doing);
        held.ForEach(part => part.Dispose());
        stop.Dispose();
    }

    private async Task<AsyncServerStreamingCall<ReceiveMessagesResponse>> OpenFullStreamAsync(
        int node, CancellationToken cancellationToken)
    {
        var idler = $"idler-{RandomNumberGenerator.GetHexString(6, lowercase: true)}-{++accounts}";
        await LongLines.SendAsync(setting, idler, Lines, cancellationToken);
        var channel = setting.Cluster.OpenChannel(node);
        held.Add(channel);
        var token = await RawSession.LoginAsync(channel, idler, cancellationToken);
        return new MessageService.MessageServiceClient(channel).ReceiveMessages(
            new() { StreamNumber = 1 }, new CallOptions(RawSession.Head(token), cancellationToken: stop.Token));
    }

    private async Task TakeAllAsync(AsyncServerStreamingCall<ReceiveMessagesResponse> stream)
    {
        try
        {
            while (await stream.ResponseStream.MoveNext(stop.Token))
            {
                // Taken, and that is all.
            }
        }
        catch (Exception ended) when (ended is RpcException or OperationCanceledException)
        {
            // Let go, or thrown out.
        }
    }

    private async Task SendSlowlyAsync(string host, int port)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1));
        using var connection = new TcpClient();
        try
        {
            await connection.ConnectAsync(host, port, stop.Token);
            for (var at = 0; at < Preface.Length; at++)
            {
                await connection.GetStream().WriteAsync(Preface.AsMemory(at, 1), stop.Token);
                await pace.WaitForNextTickAsync(stop.Token);
            }
        }
        catch (Exception ended) when (ended is SocketException or IOException or OperationCanceledException)
        {
            // Let go, or thrown out.
        }
    }
}
