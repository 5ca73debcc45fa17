using System.Runtime.CompilerServices;
using Grpc.Core;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;
using Node = Parley.Client.Walking.Node;

namespace Parley.Client.Receiving;

/// <summary>
/// A session's deliveries across nodes: opens a stream with a larger number each time, notices a node that fell silent,
/// and drops what has been shown. Not for many threads.
/// </summary>
internal sealed class DeliveryStream(
    NodeWalker walker,
    ParleyClientOptions options,
    string account,
    string authorization,
    Func<long> nextStreamNumber,
    AckLedger ledger,
    Acknowledger acknowledger)
{
    /// <summary>The first event has come: the node has applied the opening.</summary>
    private bool isOpen;

    /// <summary>The node has told that it does not serve.</summary>
    private bool isStranded;

    /// <summary>How often the node was asked why it does not open the stream.</summary>
    private int openingLooks;

    public async IAsyncEnumerable<Delivery> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var walk = walker.NewWalk();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var node = walker.Current;
            walk.Begin();
            (isOpen, isStranded, openingLooks) = (false, false, 0);
            var request = NewRequest();
            using var call = node.Messages.ReceiveMessages(request, new CallOptions(
                walker.Nodes.Headers(authorization, withSeenIndex: true), cancellationToken: cancellationToken));
            Refusal? end = null;
            while (end is null)
            {
                var patience = isOpen ? isStranded ? Limits.StrandedLook : Limits.SilenceMax : walk.Deadline;
                end = await FindEndAsync(call, node, patience, cancellationToken);
                if (end is not null)
                {
                    break;
                }

                if (!isOpen)
                {
                    walker.Nodes.CheckCluster(await call.ResponseHeadersAsync, node);
                    walker.Worked(node);
                    walk.Succeeded();
                    isOpen = true;
                }

                if (await FindDeliveryAsync(call.ResponseStream.Current, node, cancellationToken) is { } delivery)
                {
                    yield return delivery;
                }
            }

            await FollowAsync(walk, node, end.Value, cancellationToken);
        }
    }

    private ReceiveMessagesRequest NewRequest()
    {
        var request = new ReceiveMessagesRequest
        {
            StreamNumber = nextStreamNumber(),
            Hidden = !options.ShowsPresence,
        };
        foreach (var (conversation, sequence) in ledger.Received(Limits.ReceivedMarksMax))
        {
            request.Received.Add(new ReceivedMark { Conversation = conversation, Sequence = sequence });
        }

        return request;
    }

    /// <summary>Waits for the next event; null: it is there.</summary>
    private async Task<Refusal?> FindEndAsync(
        AsyncServerStreamingCall<ReceiveMessagesResponse> call,
        Node node,
        TimeSpan patience,
        CancellationToken cancellationToken)
    {
        try
        {
            var next = call.ResponseStream.MoveNext(cancellationToken);
            while (!next.IsCompleted)
            {
                if (await IsSilentAsync(next, patience, cancellationToken) &&
                    await FindReasonToLeaveAsync(node, cancellationToken) is { } reason)
                {
                    call.Dispose();
                    await SwallowAsync(next);
                    return Gone(reason);
                }
            }

            return await next ? null : Gone("the stream ended");
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Refusal.Of(exception);
        }
        catch (Exception exception) when (StreamFailures.IsOne(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Gone(exception.Message);
        }
    }

    /// <summary>While no node serves, where it is is as good as anywhere.</summary>
    private async Task<string?> FindReasonToLeaveAsync(Node node, CancellationToken cancellationToken)
    {
        if (!isOpen)
        {
            // Each opening is an entry of the log: where it takes long but goes on, another would take no less.
            var report = await NodeProbe.FindReportAsync(node, Limits.ProbeDeadline, cancellationToken);
            return report is { IsServing: true } && ++openingLooks < Limits.OpeningLooksMax
                ? null
                : "the node did not open the stream in time";
        }

        if (!await NodeProbe.IsAliveAsync(node, Limits.ProbeDeadline, cancellationToken))
        {
            return "the node does not answer any more";
        }

        return isStranded && await walker.IsServedByOthersAsync(node, cancellationToken)
            ? "the node does not serve, another does"
            : null;
    }

    private static async Task<bool> IsSilentAsync(
        Task<bool> next, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var quiet = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var silence = Task.Delay(patience, quiet.Token);
        var first = await Task.WhenAny(next, silence);
        await quiet.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return ReferenceEquals(first, silence);
    }

    private static async Task SwallowAsync(Task<bool> next)
    {
        try
        {
            await next;
        }
        catch (Exception exception) when (StreamFailures.IsOne(exception))
        {
            // The call was disposed because its node fell silent: this is how that looks.
        }
    }

    private static Refusal Gone(string message) =>
        new(StatusCode.Unavailable, "", message, TimeSpan.Zero, NeverSent: false);

    private async Task FollowAsync(Walk walk, Node node, Refusal end, CancellationToken cancellationToken)
    {
        if (end.Verdict == Verdict.Wait)
        {
            await Task.Delay(NodeWalker.AtLeastAMoment(end.RetryAfter), options.TimeProvider, cancellationToken);
            return;
        }

        if (end.Verdict != Verdict.Elsewhere)
        {
            throw end.ToException();
        }

        walk.Begin();
        var pause = walker.WalkOn(walk, node, end);
        if (walk.IsGivenUp && pause > TimeSpan.Zero)
        {
            throw walker.LastWord(walk, "receiving", mayHaveArrived: false, cause: null);
        }

        await walker.PauseAsync(walk, pause, cancellationToken);
    }

    private async ValueTask<Delivery?> FindDeliveryAsync(
        ReceiveMessagesResponse response, Node node, CancellationToken cancellationToken)
    {
        switch (response.EventCase)
        {
            case ReceiveMessagesResponse.EventOneofCase.Message:
                return FindArrival(response.Message);
            case ReceiveMessagesResponse.EventOneofCase.Receipt:
                walker.Nodes.Saw(response.Receipt.LogIndex);
                return new Delivery.Acknowledged(
                    response.Receipt.Conversation, response.Receipt.Member, response.Receipt.DeliveredSequence)
                {
                    ReadSequence = response.Receipt.ReadSequence,
                };
            case ReceiveMessagesResponse.EventOneofCase.Gap:
                return FindGap(response.Gap);
            case ReceiveMessagesResponse.EventOneofCase.RoomsChanged:
                walker.Nodes.Saw(response.RoomsChanged.LogIndex);
                return new Delivery.RoomsChanged();
            case ReceiveMessagesResponse.EventOneofCase.MessageChanged:
                walker.Nodes.Saw(response.MessageChanged.LogIndex);
                return response.MessageChanged.Message is { } changed
                    ? FindChange(WireMessages.ToMessage(changed))
                    : new Delivery.Changed(Message: null);
            case ReceiveMessagesResponse.EventOneofCase.Heartbeat:
                walker.Nodes.Saw(response.Heartbeat.LogIndex);
                return new Delivery.CaughtUp(response.Heartbeat.LogIndex);
            case ReceiveMessagesResponse.EventOneofCase.ClusterChanged:
                isStranded = response.ClusterChanged.Leader == 0;
                await walker.LearnAsync(node, cancellationToken);
                return null;
            default:
                return null;
        }
    }

    /// <summary>What was shown already is not told again, unless it is another since: no stream told that, if it was
    /// changed between two.</summary>
    private Delivery? FindArrival(Message message)
    {
        var own = string.Equals(message.Sender, account, StringComparison.Ordinal);
        var isNew = IsNew(message.Conversation, message.Sequence, own);
        var isAsSent = message is { EditedAtUs: 0, DeletedAtUs: 0 };
        if (!isNew && isAsSent)
        {
            return null;
        }

        walker.Nodes.Saw(message.LogIndex);
        var read = WireMessages.ToMessage(message);
        var change = isAsSent ? null : FindChange(read);
        return isNew ? new Delivery.Arrived(read, own) : change;
    }

    /// <summary>One that came edited or deleted and comes again has not changed since.</summary>
    private Delivery.Changed? FindChange(ChatMessage message) =>
        ledger.IsNews(message) ? new Delivery.Changed(message) : null;

    /// <summary>What was shown before it went is not gone.</summary>
    private Delivery.Gone? FindGap(Gap gap)
    {
        var first = Math.Max(gap.FirstSequence, ledger.ShownUpTo(gap.Conversation) + 1);
        return IsNew(gap.Conversation, gap.LastSequence, own: false)
            ? new Delivery.Gone(gap.Conversation, gap.Room, first, gap.LastSequence)
            : null;
    }

    private bool IsNew(string conversation, long sequence, bool own)
    {
        var isNew = ledger.Arrived(conversation, sequence, own, out var mark);
        if (mark > 0)
        {
            // Nobody waits for it: a mark that is lost brings the message again.
            _ = acknowledger.AcknowledgeAsync(conversation, mark);
        }

        return isNew;
    }
}
