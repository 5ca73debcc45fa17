using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Parley.Protocol.Chat.V1;

namespace Parley.Verbs.Bench.Abuse;

/// <summary>Two hundred logins at once at one node, each second, from as many addresses, with the right password of an
/// account that is logged in: nothing holds them back but the hashing.</summary>
internal sealed class LoginFlood : IAbuse
{
    private const int Logins = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly string name;
    private readonly GrpcChannel[] channels;
    private long asked;
    private long refused;

    /// <param name="name">An account of <see cref="BenchPeople"/>.</param>
    /// <param name="open">Opens a channel to the node, from an address of this machine.</param>
    public LoginFlood(string name, Func<IPAddress, GrpcChannel> open)
    {
        this.name = name;
        channels = [.. Enumerable.Range(1, Logins).Select(number => open(new IPAddress([127, 0, 1, (byte)number])))];
    }

    public string Name => $"{Logins} logins each second";

    public long Asked => Interlocked.Read(ref asked);

    public long Refused => Interlocked.Read(ref refused);

    public async Task RunAsync(CancellationToken stop)
    {
        using var pace = new PeriodicTimer(Pause);
        while (!stop.IsCancellationRequested)
        {
            await Task.WhenAll(channels.Select(LogInAsync));
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public ValueTask DisposeAsync()
    {
        Array.ForEach(channels, channel => channel.Dispose());
        return ValueTask.CompletedTask;
    }

    private async Task LogInAsync(GrpcChannel channel)
    {
        Interlocked.Increment(ref asked);
        var token = ByteString.CopyFrom(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        try
        {
            await new SessionService.SessionServiceClient(channel).LoginAsync(
                new() { Name = name, Password = BenchPeople.Password, Token = token });
        }
        catch (RpcException answer)
        {
            // ALREADY_LOGGED_IN: the password was looked at.
            if (answer.StatusCode != StatusCode.FailedPrecondition)
            {
                Interlocked.Increment(ref refused);
            }
        }
    }
}
