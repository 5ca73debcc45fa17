using Grpc.Core;
using Parley.Core;
using Parley.Core.Delivery;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Delivery;
using Parley.Server.Hosting;
using Parley.Server.Presence;
using Parley.Server.Search;
using Parley.Server.Sessions;
using AcknowledgeMessagesCommand = Parley.Core.Log.V1.AcknowledgeMessages;

namespace Parley.Server.Api;

/// <summary>Messages: send (one, or a pipelined stream), receive, acknowledge, mark as read, read again, search, edit,
/// delete.
/// </summary>
internal sealed partial class MessageApi(
    Proposer proposer,
    StateAccess state,
    ReadIndexer readIndexer,
    NodeView view,
    SessionGate sessions,
    SendIntake intake,
    SendRates rates,
    Deliveries deliveries,
    Bell bell,
    SessionActivity activity,
    PresenceBook presence,
    Draining draining,
    MessageSearch search,
    TimeProvider time) : MessageService.MessageServiceBase
{
    public override async Task<SendMessageResponse> SendMessage(SendMessageRequest request, ServerCallContext context)
    {
        var send = await intake.TakeAsync(Caller.Of(context).Session, request, context.CancellationToken);
        if (send.Outcome is null)
        {
            throw new RefusedException(send.Reason!, send.Sentence, send.RetryAfter);
        }

        var applied = await send.Outcome;
        return applied.Outcome is Outcome.Rejected rejected
            ? throw new RefusedException(Reasons.Of(rejected.Reason))
            : ToResponse(applied.Expect<Outcome.MessageStored>());
    }

    public override async Task SendMessages(
        IAsyncStreamReader<SendMessagesRequest> requestStream,
        IServerStreamWriter<SendMessagesResponse> responseStream,
        ServerCallContext context)
    {
        var session = Caller.Of(context).Session;
        using var alive = activity.StaysAlive(session.Number);
        await using var watch = new SessionWatch(
            bell.Hang(account: 0, session.Number),
            () => state.Directory.FindSession(session.Number) is not null,
            context.GetHttpContext().Abort,
            time);
        await new SendStream(intake, session, requestStream, responseStream)
            .RunAsync(draining.Token, watch.Ended, context.CancellationToken);
    }

    public override async Task ReceiveMessages(
        ReceiveMessagesRequest request,
        IServerStreamWriter<ReceiveMessagesResponse> responseStream,
        ServerCallContext context)
    {
        if (request.StreamNumber < 1)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "stream_number: 1 or more is expected");
        }

        var cursor = new DeliveryCursor(ReadReceived(request));
        var session = Caller.Of(context).Session;
        var command = new LoggedCommand
        {
            OpenStream = new OpenStream
            {
                Session = session.Number,
                StreamNumber = request.StreamNumber,
                Nonce = RandomNumbers.Draw(),
            },
        };
        await proposer.ProposeOrRefuseAsync(command, context.CancellationToken);
        await deliveries.RunAsync(
            new DeliveryTerms(session, request.StreamNumber, request.Hidden), cursor, responseStream,
            context.GetHttpContext(), context.CancellationToken);
    }

    public override async Task<AcknowledgeMessagesResponse> AcknowledgeMessages(
        AcknowledgeMessagesRequest request, ServerCallContext context)
    {
        CheckCount("acknowledgements", request.Acknowledgements.Count);
        var command = new AcknowledgeMessagesCommand { Session = Caller.Of(context).Session.Number };
        command.Marks.AddRange(request.Acknowledgements.Select(each => ToMark(each.Conversation, each.Sequence)));
        var applied = await proposer.ProposeOrRefuseAsync(
            new LoggedCommand { AcknowledgeMessages = command }, context.CancellationToken);
        return new AcknowledgeMessagesResponse { LogIndex = applied.LogIndex };
    }

    public static SendMessageResponse ToResponse(Outcome.MessageStored stored) => new()
    {
        Conversation = ConversationId.Format(stored.Conversation),
        Sequence = stored.Sequence,
        LogIndex = stored.LogIndex,
        SentAtUs = stored.SentAtUs,
    };

    /// <summary>What the client says it has; of conversations it is not in, it means nothing.</summary>
    private static Dictionary<long, long> ReadReceived(ReceiveMessagesRequest request)
    {
        if (request.Received.Count > ApiLimits.ReceivedMarksMax)
        {
            throw new RefusedException(
                Reasons.ArgumentInvalid, $"received: at most {ApiLimits.ReceivedMarksMax} are expected");
        }

        var received = new Dictionary<long, long>(request.Received.Count);
        foreach (var mark in request.Received)
        {
            if (mark.Sequence < 1 || !ConversationId.TryParse(mark.Conversation, out var conversation))
            {
                throw new RefusedException(
                    Reasons.ArgumentInvalid, "received: a conversation's id and a sequence from 1 are expected");
            }

            received[conversation] = Math.Max(mark.Sequence, received.GetValueOrDefault(conversation));
        }

        return received;
    }

    /// <summary>An account without a conversation is no error, a room that the caller is not in is one.</summary>
    private void CheckIsThere(string with)
    {
        if (!RoomNames.IsRoom(with) && state.Directory.FindAccount(with) is not null)
        {
            return;
        }

        var isOpen = RoomNames.IsRoom(with) && state.Directory.Rooms.Find(with[1..]) is { IsByInvitation: false };
        throw new RefusedException(isOpen ? Reasons.NotMember : Reasons.NotFound);
    }

    /// <summary>Makes sure that this node has what the client has seen (or, when it told nothing, what there was);
    /// false when only a majority could tell, and there is none.</summary>
    private async Task<bool> TryCatchUpAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.SeenIndex is { } seen)
        {
            var hasMajority = view.Current.Leader != NodeId.None;
            if (hasMajority)
            {
                await sessions.CatchUpAsync(seen, cancellationToken);
            }

            return hasMajority;
        }

        try
        {
            await readIndexer.WaitAsync(cancellationToken);
            sessions.CheckStillLive(caller);
            return true;
        }
        catch (NotDoneException notDone) when (notDone.Reason == NotDoneReason.NoMajority)
        {
            return false;
        }
    }
}
