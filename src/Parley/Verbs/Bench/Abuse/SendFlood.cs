using System.Buffers.Text;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Parley.Client;
using Parley.Protocol.Chat.V1;

namespace Parley.Verbs.Bench.Abuse;

/// <summary>One account that sends ten thousand messages a second to one node, and does not wait as it is told.
/// </summary>
internal sealed class SendFlood : IAbuse
{
    private const int TickMessages = 100;
    private const int TokenBytes = 32;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private readonly GrpcChannel channel;
    private readonly Metadata headers;
    private readonly ulong client;
    private readonly string recipient;
    private SendMessagesRequest next;
    private long asked;
    private long refused;

    private SendFlood(GrpcChannel channel, byte[] token, LoginResponse login, string recipient)
    {
        this.channel = channel;
        this.recipient = recipient;
        headers = new() { { "authorization", $"Bearer {Base64Url.EncodeToString(token)}" } };
        client = login.Client;
        next = Message(login.LastCounter + 1);
    }

    public string Name => "10,000 sends/s";

    public long Asked => Interlocked.Read(ref asked);

    public long Refused => Interlocked.Read(ref refused);

    /// <summary>Logs in as that account; the channel is this flood's from now on.</summary>
    public static async Task<SendFlood> CreateAsync(
        GrpcChannel channel, string name, string recipient, CancellationToken cancellationToken)
    {
        var token = RandomNumberGenerator.GetBytes(TokenBytes);
        var login = await new SessionService.SessionServiceClient(channel).LoginAsync(
            new()
            {
                Name = name,
                Password = BenchPeople.Password,
                Token = ByteString.CopyFrom(token),
                LeaseMs = (long)BenchPeople.Lease.TotalMilliseconds,
            },
            cancellationToken: cancellationToken);
        return new(channel, token, login, recipient);
    }

    public async Task RunAsync(CancellationToken stop)
    {
        using var call = new MessageService.MessageServiceClient(channel).SendMessages(
            headers, cancellationToken: CancellationToken.None);
        var reading = ReadAsync(call.ResponseStream);
        using var pace = new PeriodicTimer(Tick);
        while (!stop.IsCancellationRequested)
        {
            for (var number = 0; number < TickMessages; number++)
            {
                await call.RequestStream.WriteAsync(Volatile.Read(ref next), CancellationToken.None);
                Interlocked.Increment(ref asked);
            }

            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        await call.RequestStream.CompleteAsync();
        await reading;
    }

    public ValueTask DisposeAsync()
    {
        channel.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What was stored is followed by the next message: all others would be out of order, which costs less.
    /// </summary>
    private async Task ReadAsync(IAsyncStreamReader<SendMessagesResponse> answers)
    {
        var counter = MessageId.FromBytes(next.Message.MessageId.Span).Counter;
        while (await answers.MoveNext(CancellationToken.None))
        {
            var answer = answers.Current;
            if (answer.Stored is null)
            {
                Interlocked.Increment(ref refused);
            }
            else if (answer.MessageId.Equals(next.Message.MessageId))
            {
                Volatile.Write(ref next, Message(++counter));
            }
        }
    }

    private SendMessagesRequest Message(ulong counter)
    {
        var id = new byte[MessageId.Bytes];
        new MessageId(client, counter).WriteTo(id);
        return new()
        {
            Message = new()
            {
                MessageId = ByteString.CopyFrom(id),
                Recipient = recipient,
                Text = new string('x', BenchOptions.TextBytes),
            },
        };
    }
}
