using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Core;
using Parley.Core.Delivery;
using Parley.Protocol.Chat.V1;
using Parley.Server.Api;
using Parley.Server.Consensus;
using Parley.Server.Presence;
using Parley.Server.Sessions;

namespace Parley.Server.Delivery;

/// <summary>Runs this node's delivery streams, one <see cref="DeliveryReader"/> each.</summary>
internal sealed class Deliveries : IDisposable
{
    private readonly Bell bell;
    private readonly StateAccess state;
    private readonly NodeView view;
    private readonly SessionActivity activity;
    private readonly PresenceBook presence;
    private readonly Draining draining;
    private readonly TimeProvider time;
    private readonly ILogger<Deliveries> logger;
    private readonly CancellationTokenRegistration drainingRings;

    public Deliveries(
        Bell bell,
        StateAccess state,
        NodeView view,
        SessionActivity activity,
        PresenceBook presence,
        Draining draining,
        TimeProvider time,
        ILogger<Deliveries> logger)
    {
        this.bell = bell;
        this.state = state;
        this.view = view;
        this.activity = activity;
        this.presence = presence;
        this.draining = draining;
        this.time = time;
        this.logger = logger;
        view.Changed += OnViewChanged;
        drainingRings = draining.Token.Register(() => bell.RingAll(BellNews.Cluster));
    }

    /// <summary>Runs one stream, whose opening this node has applied, until it ends.</summary>
    /// <param name="terms">Whose it is.</param>
    /// <param name="cursor">What the client has already.</param>
    /// <param name="responses">Where it writes.</param>
    /// <param name="http">The call, to be cut.</param>
    /// <param name="callEnded">The client has gone.</param>
    /// <exception cref="RefusedException">Why it ended: SESSION_ENDED, STREAM_REPLACED, DRAINING.</exception>
    public async Task RunAsync(
        DeliveryTerms terms,
        DeliveryCursor cursor,
        IServerStreamWriter<ReceiveMessagesResponse> responses,
        HttpContext http,
        CancellationToken callEnded)
    {
        var session = terms.Session;
        using var rope = bell.Hang(session.Account, session.Number);
        using var ended = callEnded.Register(() => rope.Ring(BellNews.CallEnded));
        using var alive = activity.StaysAlive(session.Number);
        using var present = presence.Opened(session.Account, alive, terms.IsHidden);
        using var writer = new DeliveryWriter(responses, rope, alive, time, () => Cut(http, session.Number));
        var reader = new DeliveryReader(session, terms.StreamNumber, rope, state, view, writer, cursor);
        await reader.RunAsync(draining.Token, callEnded);
    }

    public void Dispose()
    {
        view.Changed -= OnViewChanged;
        drainingRings.Dispose();
    }

    private void OnViewChanged(object? sender, EventArgs e) => bell.RingAll(BellNews.Cluster);

    private void Cut(HttpContext http, long session)
    {
        Log.UnreadStreamCut(logger, session);
        http.Abort();
    }
}

/// <summary>What a stream was opened with.</summary>
/// <param name="Session">The stream's.</param>
/// <param name="StreamNumber">Its number in the session.</param>
/// <param name="IsHidden">Nobody is told that somebody is there.</param>
internal readonly record struct DeliveryTerms(SessionFacts Session, long StreamNumber, bool IsHidden);
