using System.Buffers.Text;
using System.Security.Cryptography;
using Google.Protobuf;
using Parley.Client.Sending;
using Parley.Client.Storage;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <summary>
/// A cluster as a .NET program sees it: finds a living node, opens sessions. Safe for many threads; sessions of one
/// client share its connections. Every failure is a <see cref="ParleyException"/>.
/// </summary>
public sealed class ParleyClient : IAsyncDisposable
{
    private const int TokenBytes = 32;
    private const int RequestIdBytes = 16;

    private readonly Lock raising = new();
    private readonly NodeSet nodes;
    private readonly NodeWalker walker;
    private Task? learning;

    /// <summary>Connects to nothing yet.</summary>
    public ParleyClient(ParleyClientOptions options)
    {
        Options = options;
        nodes = new NodeSet(options, () => ClusterChanged?.Invoke());
        walker = new NodeWalker(nodes, options, startNode: null, Raise);
    }

    /// <summary>Raised (from any thread, one at a time) when a session moves; handlers must be quick.</summary>
    public event Action<ConnectionEvent>? ConnectionChanged;

    /// <summary>Raised (from any thread) when <see cref="Nodes"/> or <see cref="CaFingerprint"/> are others now: who
    /// keeps them for the next time keeps the new ones. Handlers must be quick.</summary>
    public event Action? ClusterChanged;

    /// <summary>As given.</summary>
    public ParleyClientOptions Options { get; }

    /// <summary>The authorities trusted now, as <see cref="ParleyClientOptions.CaFingerprint"/>: a change of authority
    /// is followed.</summary>
    public string? CaFingerprint => nodes.CaFingerprint;

    /// <summary>The nodes known now, HOST:PORT.</summary>
    public IReadOnlyList<string> Nodes => [.. nodes.Current.Select(node => node.Address)];

    /// <summary>32 hexadecimal digits; null before the first answer.</summary>
    public string? ClusterId => nodes.ClusterId;

    /// <summary>The highest log index seen.</summary>
    public long SeenIndex => nodes.SeenIndex;

    /// <summary>Creates an account; needs no session. Returns the name as stored.</summary>
    public Task<string> CreateAccountAsync(string name, string password, CancellationToken cancellationToken) =>
        CreateAccountAsync(name, password, invite: null, cancellationToken);

    /// <summary>As <see cref="CreateAccountAsync(string, string, CancellationToken)"/>, with an invitation's code.
    /// </summary>
    public async Task<string> CreateAccountAsync(
        string name, string password, string? invite, CancellationToken cancellationToken)
    {
        var request = new CreateAccountRequest
        {
            RequestId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(RequestIdBytes)),
            Name = name,
            Password = password,
            Invite = invite ?? "",
        };
        var created = await walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Accounts.CreateAccountAsync(
                    request, UnaryCall.Options(nodes, authorization: null, true, deadline, cancellation)),
                nodes, node, answer => answer.LogIndex),
            "creating the account", changes: true, cancellationToken, Repeat.Remembered);
        return created.Name;
    }

    /// <summary>Opens a session that lives in memory only.</summary>
    public Task<ParleySession> LoginAsync(
        string name, string password, LoginOptions options, CancellationToken cancellationToken) =>
        LoginAsync(LoginSecret.OfPassword(name, password), options, cancellationToken);

    /// <summary>As <see cref="LoginAsync(string, string, LoginOptions, CancellationToken)"/>, with a device token.
    /// </summary>
    /// <param name="deviceToken">As <see cref="DeviceTokens.TryParse"/> gave it.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<ParleySession> LoginAsync(
        byte[] deviceToken, LoginOptions options, CancellationToken cancellationToken) =>
        LoginAsync(LoginSecret.OfDeviceToken(deviceToken, name: null), options, cancellationToken);

    internal async Task<ParleySession> LoginAsync(
        LoginSecret secret, LoginOptions options, CancellationToken cancellationToken)
    {
        var way = options.StartNode is null ? walker : new NodeWalker(nodes, Options, options.StartNode, Raise);
        var token = RandomNumberGenerator.GetBytes(TokenBytes);
        var login = await LoginAsync(way, token, secret, options, cancellationToken);
        var lastStream = login.LastStream;
        var lease = options.Lease == TimeSpan.Zero ? Limits.LeaseDefault : options.Lease;
        var session = new ParleySession(
            this, NewWalker(options.StartNode), login.Name, Base64Url.EncodeToString(token),
            () => Interlocked.Increment(ref lastStream), lease);
        session.UseOutbox(new OutboxStart(login.Client, login.LastCounter, []), MemoryOutbox.Instance);
        return session;
    }

    /// <summary>Finds a node of the cluster, learns the others, and returns its report.</summary>
    public Task<NodeReport> MeetAsync(CancellationToken cancellationToken) =>
        MeetAsync(confirmed: false, cancellationToken);

    /// <summary>Asks one node what it knows; null when it does not answer within the deadline.</summary>
    public Task<NodeReport?> FindReportAsync(string address, TimeSpan deadline, CancellationToken cancellationToken) =>
        NodeProbe.FindReportAsync(
            nodes.GetNode(address),
            Options.CaFingerprint is null ? deadline : deadline + Trust.ClusterCertificate.HandshakeMax,
            cancellationToken);

    /// <summary>What was wrong with the certificate that a node showed when it was asked last; null: nothing.</summary>
    public string? FindDistrust(string address) => nodes.GetNode(address).Distrust;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (learning is { } under)
        {
            // Whoever logged in was told if it failed.
            await under.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        nodes.Dispose();
    }

    /// <summary>As <see cref="MeetAsync(CancellationToken)"/>; confirmed: by a node whose state holds all that was
    /// answered before.</summary>
    internal Task<NodeReport> MeetAsync(bool confirmed, CancellationToken cancellationToken) => walker.CallAsync(
        async (node, deadline, cancellation) =>
        {
            var answer = await node.Cluster.GetClusterAsync(
                new GetClusterRequest { Confirmed = confirmed },
                UnaryCall.Options(nodes, authorization: null, false, deadline, cancellation));
            if (confirmed && !answer.Confirmed)
            {
                throw new RefusedException(
                    "NODES_TOO_OLD", $"{node.Address} runs a program that is too old to confirm what it has");
            }

            var report = NodeProbe.ToReport(node.Address, answer);
            nodes.CheckCluster(report.ClusterId, node);
            nodes.Learn(node, report);
            return report;
        },
        "meeting the cluster", changes: false, cancellationToken);

    /// <summary>Logs in for other processes too: the login is kept in the store, with a first client file.</summary>
    internal async Task<StoredSession> LoginStoredAsync(
        SessionStore store, LoginSecret secret, LoginOptions options, CancellationToken cancellationToken)
    {
        var token = RandomNumberGenerator.GetBytes(TokenBytes);
        var login = await LoginAsync(walker, token, secret, options, cancellationToken);
        var stored = new StoredSession
        {
            Account = login.Name,
            Cluster = nodes.ClusterId ?? "unknown",
            Nodes = Nodes,
            Ca = CaFingerprint,
            Token = Base64Url.EncodeToString(token),
            Session = login.Session,
            DeviceToken = secret.DeviceToken is { } device ? DeviceTokens.FingerprintOf(device) : null,
            SeenIndex = SeenIndex,
            LastStream = login.LastStream,
            LoggedInAt = Options.TimeProvider.GetUtcNow(),
        };
        store.Save(stored);
        for (var slot = 1; slot <= Limits.StoredClientsMax; slot++)
        {
            using var outbox = store.FindOutbox(stored, slot);
            if (outbox is not null && outbox.Start.Left.Count == 0)
            {
                outbox.MoveTo(login.Client, login.LastCounter, []);
                break;
            }
        }

        return stored;
    }

    /// <summary>Goes on with a stored login, without asking anybody. It has no outbox yet.</summary>
    internal ParleySession Resume(SessionStore store, StoredSession stored)
    {
        long NextStreamNumber() =>
            store.Update(stored, now => now with { LastStream = now.LastStream + 1 })?.LastStream ??
            throw new NotAuthenticatedException("SESSION_ENDED", "this login is not stored any more");

        return new ParleySession(
            this, NewWalker(startNode: null), stored.Account, stored.Token, NextStreamNumber, lease: null);
    }

    /// <summary>Asks the node that worked for the members, so that the stored list stays what it is.</summary>
    internal async Task RefreshNodesAsync(CancellationToken cancellationToken)
    {
        if (nodes.LastGood is { } node)
        {
            await walker.LearnAsync(node, cancellationToken);
        }
    }

    internal NodeWalker NewWalker(int? startNode) => new(nodes, Options, startNode, Raise);

    private async Task<LoginResponse> LoginAsync(
        NodeWalker way,
        byte[] token,
        LoginSecret secret,
        LoginOptions options,
        CancellationToken cancellationToken)
    {
        var request = new LoginRequest
        {
            Name = secret.Name,
            Password = secret.Password,
            DeviceToken = secret.DeviceToken is { } device ? ByteString.CopyFrom(device) : ByteString.Empty,
            Token = ByteString.CopyFrom(token),
            TakeOver = options.TakeOver,
            LeaseMs = (long)options.Lease.TotalMilliseconds,
        };
        var login = await way.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Sessions.LoginAsync(
                    request, UnaryCall.Options(nodes, authorization: null, true, deadline, cancellation)),
                nodes, node, answer => answer.LogIndex),
            "logging in", changes: true, cancellationToken, Repeat.Remembered);
        await LearnOnceAsync(way, cancellationToken);
        return login;
    }

    /// <summary>The members are asked for once a client; later a stream says when they change.</summary>
    private Task LearnOnceAsync(NodeWalker way, CancellationToken cancellationToken)
    {
        lock (raising)
        {
            return (learning ??= way.LearnAsync(way.Current, CancellationToken.None)).WaitAsync(cancellationToken);
        }
    }

    private void Raise(ConnectionEvent connectionEvent)
    {
        lock (raising)
        {
            ConnectionChanged?.Invoke(connectionEvent);
        }
    }
}
