using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Parley.Protocol.Chat.V1;
using Setting = Parley.Verbs.Verify.People.Setting;

namespace Parley.Verbs.Verify.Faults;

/// <summary>
/// A thousand clients that come back as fast as one process can have them come, as after a break of their network: each
/// with a connection and a handshake of its own, and in a session. Who is not served tries again after a pause that
/// doubles and is drawn, as the library does. All must be served in the end; nobody waits for them. Disposing ends
/// their connections.
/// </summary>
internal sealed class ReturningClients(Setting setting) : IDisposable
{
    /// <summary>Together.</summary>
    public const int Count = 1_000;

    /// <summary>Each for so many clients that its calls at a time stay within what an account may have.</summary>
    private const int Accounts = 25;

    /// <summary>Handshakes and calls that this process has under way at a time. More would not come sooner, for they
    /// take processors, and would hold up the people of the run, who share these and whose gaps are measured.
    /// </summary>
    private const int AtATime = 64;

    private const int PauseMsMin = 50;
    private const int PauseMsMax = 1_000;
    private static readonly TimeSpan AttemptMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ServedMax = TimeSpan.FromSeconds(60);

    private readonly List<GrpcChannel> channels = [];
    private readonly SemaphoreSlim places = new(AtATime);
    private int attempts;

    /// <summary>Returns what came of it, in a few words, when all are served.</summary>
    /// <exception cref="FaultFailedException">They are not, in time.</exception>
    public async Task<string> ReturnAsync(IReadOnlyList<int> nodes, CancellationToken cancellationToken)
    {
        var tokens = await LoginAsync(nodes[0], cancellationToken);
        for (var place = 0; place < Count; place++)
        {
            channels.Add(setting.Cluster.OpenChannel(nodes[place % nodes.Count]));
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ServedMax);
        var started = TimeProvider.System.GetTimestamp();
        var served = await Task.WhenAll(channels.Select((channel, place) => Task.Run(
            () => ComeAsync(channel, tokens[place % Accounts], limit.Token), CancellationToken.None)));
        cancellationToken.ThrowIfCancellationRequested();
        var took = TimeProvider.System.GetElapsedTime(started);
        var missing = served.Count(isServed => !isServed);
        return missing == 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{Count} clients were back after {took.TotalSeconds:0.0} s, {attempts} calls")
            : throw new FaultFailedException(
                $"{missing} of {Count} clients who came back at once were not served in {ServedMax.TotalSeconds} s");
    }

    public void Dispose()
    {
        foreach (var channel in channels)
        {
            channel.Dispose();
        }

        places.Dispose();
    }

    private async Task<IReadOnlyList<ByteString>> LoginAsync(int node, CancellationToken cancellationToken)
    {
        using var channel = setting.Cluster.OpenChannel(node);
        var tokens = new List<ByteString>();
        for (var one = 0; one < Accounts; one++)
        {
            tokens.Add(await RawSession.OpenAsync(setting, channel, "returning", "returner", cancellationToken));
        }

        return tokens;
    }

    /// <summary>False when the time was over.</summary>
    private async Task<bool> ComeAsync(GrpcChannel channel, ByteString token, CancellationToken cancellationToken)
    {
        var accounts = new AccountService.AccountServiceClient(channel);
        var request = new ListAccountsRequest { PageSize = 1 };
        for (var pauseMs = PauseMsMin; !cancellationToken.IsCancellationRequested; pauseMs *= 2)
        {
            await places.WaitAsync(CancellationToken.None);
            try
            {
                Interlocked.Increment(ref attempts);
                await accounts.ListAccountsAsync(
                    request, RawSession.Options(token, AttemptMax, cancellationToken));
                return true;
            }
            catch (RpcException)
            {
                pauseMs = Math.Min(pauseMs, PauseMsMax);
            }
            finally
            {
                places.Release();
            }

            await Task.Delay(Random.Shared.Next(pauseMs / 2, pauseMs), CancellationToken.None);
        }

        return false;
    }
}
