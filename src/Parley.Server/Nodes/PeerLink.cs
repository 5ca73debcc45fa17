using System.Security.Authentication;
using System.Threading.Channels;
using Grpc.Core;
using Parley.Core;
using Parley.Raft;
using Parley.Server.Hosting;
using Parley.Server.Node.V1;
using Parley.Server.Presence;

namespace Parley.Server.Nodes;

/// <summary>
/// What this node says to one peer: a stream of its own, a bounded queue in front of it, and a connection that is made
/// again whenever it breaks. A peer that hangs fills its own queue (the oldest are dropped: consensus sends again) and
/// holds up nobody.
/// </summary>
internal sealed class PeerLink : IDisposable
{
    private const int QueueMax = 4_096;
    private const int RequestMessagesMax = 64;
    private const int RequestBytesMax = 2 << 20;
    private const int PauseMsMin = 20;
    private const int PauseMsMax = 200;
    private const int RefusedPauseMs = 300;

    private readonly Peers peers;
    private readonly Channel<Message?> queue = Channel.CreateBounded<Message?>(
        new BoundedChannelOptions(QueueMax) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly CancellationTokenSource stopped = new();
    private readonly PeerWays ways;
    private readonly Dictionary<HostPort, string> refusals = [];
    private volatile PeerConnection? connection;
    private volatile IReadOnlyList<long>? sessionsHeard;
    private volatile string refusal = "";
    private volatile bool isWelcome;
    private volatile string? reachedAt;
    private volatile bool isNudged;
    private volatile bool isPresenceDue;
    private PresenceRounds? presence; // Of the stream that is open, for whoever writes it.

    /// <param name="peers">Whose it is.</param>
    /// <param name="member">The peer.</param>
    /// <param name="ways">Where it may be, at least one, the best first.</param>
    public PeerLink(Peers peers, Member member, IReadOnlyList<HostPort> ways)
    {
        this.peers = peers;
        this.ways = new PeerWays(ways);
        Member = member;
        _ = Task.Run(() => RunAsync(stopped.Token));
    }

    public Member Member { get; }

    public NodeKey Key => Member.Key;

    /// <summary>Where it is connected to, or is looked for now.</summary>
    public HostPort Address => ways.Current;

    /// <summary>Where it was reached last; null: it never was.</summary>
    public string? ReachedAt => reachedAt;

    /// <summary>The peer has answered on the stream that is open now.</summary>
    public bool IsConnected => isWelcome;

    /// <summary>Why the peer does not talk to this node; empty when it does, or when it cannot be reached.</summary>
    public string Refusal => refusal;

    /// <summary>The connection in use, for calls beside the stream; null while there is none.</summary>
    public PeerConnection? Connection => isWelcome ? connection : null;

    /// <summary>Any thread; never blocks. Without a connection it is lost, as on any network.</summary>
    public void Send(Message message)
    {
        if (isWelcome)
        {
            queue.Writer.TryWrite(message);
        }
    }

    /// <summary>Where it may be, from now on; the stream that is open stays.</summary>
    public void LookAt(IReadOnlyList<HostPort> now) => ways.Are(now);

    /// <summary>Says something even if there is nothing to say: the clock, what the state is, and that this node
    /// lives.</summary>
    /// <param name="sessions">Those that were heard from; null: nothing of them.</param>
    /// <param name="withPresence">Who is there, too.</param>
    public void Nudge(IReadOnlyList<long>? sessions, bool withPresence)
    {
        if (withPresence)
        {
            isPresenceDue = true;
        }

        if (sessions is { Count: > 0 })
        {
            sessionsHeard = sessions;
        }

        isNudged = true;
        queue.Writer.TryWrite(null);
    }

    public void Dispose()
    {
        stopped.Cancel();
        stopped.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var way = ways.Current;
                var wasWelcome = await ConnectAndTalkAsync(way, cancellationToken);
                if (!wasWelcome)
                {
                    ways.Failed();
                }
                else if (await PeerConnection.IsRefusedAsync(way, cancellationToken))
                {
                    peers.ConnectionReset(this);
                }

                var pause = refusals.GetValueOrDefault(way, "").Length > 0
                    ? RefusedPauseMs : Random.Shared.Next(PauseMsMin, PauseMsMax);
                await Task.Delay(pause, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return; // This node stops.
        }
        catch (Exception exception)
        {
            ProcessEnd.Fail("talking to another node", exception);
        }
    }

    private async Task<bool> ConnectAndTalkAsync(HostPort way, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var trust = peers.Tls.TrustIn(Member.Id.Value);
        using var current = new PeerConnection(way, trust?.Options);
        using var distrusted = trust?.Ended.UnsafeRegister(_ => current.Dispose(), state: null);
        var wasWelcome = false;
        try
        {
            using var call = current.Client.Consensus(peers.GreetingTo(Key), cancellationToken: ended.Token);
            var writing = WriteAsync(call.RequestStream, ended);
            try
            {
                while (await call.ResponseStream.MoveNext(ended.Token))
                {
                    connection = current;
                    refusals.Clear();
                    refusal = "";
                    wasWelcome = true;
                    isWelcome = true;
                    reachedAt = way.ToString();
                    ways.Led();
                    Log.PeerConnected(peers.Logger, Member.Id.Value);
                }
            }
            finally
            {
                isWelcome = false;
                connection = null;
                await ended.CancelAsync();
                await writing;
            }
        }
        catch (RpcException exception)
        {
            Refused(way, exception.Status, wasWelcome);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or IOException or ObjectDisposedException)
        {
            Refused(way, new Status(StatusCode.Unavailable, exception.Message), wasWelcome);
        }

        return wasWelcome;
    }

    /// <summary>One of several addresses may be another node's by now, which says so, and the others are tried all the
    /// same: an operator hears of what is said where the node should be.</summary>
    private void Refused(HostPort way, Status status, bool wasWelcome)
    {
        var text = status.StatusCode == StatusCode.FailedPrecondition ? status.Detail : FindTlsFault(status);
        if (wasWelcome || text != refusals.GetValueOrDefault(way, ""))
        {
            Log.PeerLost(peers.Logger, Member.Id.Value, status.Detail);
        }

        refusals[way] = text;
        refusal = refusals.GetValueOrDefault(ways.Best, "");
    }

    /// <summary>Why no TLS connection came to be, where the reason will not go away by itself.</summary>
    private static string FindTlsFault(Status status)
    {
        for (var cause = status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return cause.Message;
            }
        }

        return "";
    }

    private async Task WriteAsync(IClientStreamWriter<ConsensusRequest> stream, CancellationTokenSource ended)
    {
        try
        {
            while (queue.Reader.TryRead(out _))
            {
                continue; // What waited for an earlier connection is stale.
            }

            var request = new ConsensusRequest
            {
                ClientAddress = peers.ClientAddress,
                StateVersionMax = ChatState.StateVersionMax,
            };
            presence = null;
            while (true)
            {
                Fill(request);
                await stream.WriteAsync(request, ended.Token);
                request = new ConsensusRequest();
                await queue.Reader.WaitToReadAsync(ended.Token);
            }
        }
        catch (Exception exception) when (
            exception is RpcException or OperationCanceledException or IOException or InvalidOperationException)
        {
            await ended.CancelAsync(); // The reading side says why.
        }
    }

    private void Fill(ConsensusRequest request)
    {
        var bytes = 0;
        while (request.Messages.Count < RequestMessagesMax
            && bytes < RequestBytesMax
            && queue.Reader.TryRead(out var next))
        {
            if (next is not null)
            {
                request.Messages.Add(Wire.ToWire(next));
                bytes += Wire.EstimateBytes(next);
            }
        }

        if (sessionsHeard is { } sessions)
        {
            request.SessionsHeard.AddRange(sessions);
            sessionsHeard = null;
        }

        if (isNudged)
        {
            isNudged = false;
            peers.FillDigests(request);
        }

        if (isPresenceDue)
        {
            isPresenceDue = false;
            presence ??= peers.BeginPresence();
            request.Presence = presence?.Next();
        }

        peers.FillFacts(request);
    }
}
