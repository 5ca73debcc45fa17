using System.Globalization;
using Grpc.Core;
using Parley.Core;
using Parley.Core.Delivery;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Delivery;
using Parley.Server.Hosting;
using Parley.Server.Sessions;
using AcknowledgeMessagesCommand = Parley.Core.Log.V1.AcknowledgeMessages;

namespace Parley.Server.Api;

/// <summary>Messages: send (one, or a pipelined stream), receive, acknowledge, read again.</summary>
internal sealed class MessageApi(
    Proposer proposer,
    StateAccess state,
    ReadIndexer readIndexer,
    NodeView view,
    SessionGate sessions,
    SendIntake intake,
    Deliveries deliveries,
    Bell bell,
    SessionActivity activity,
    Draining draining,
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
            session, request.StreamNumber, cursor, responseStream, context.GetHttpContext(),
            context.CancellationToken);
    }

    public override async Task<AcknowledgeMessagesResponse> AcknowledgeMessages(
        AcknowledgeMessagesRequest request, ServerCallContext context)
    {
        if (request.Acknowledgements.Count is 0 or > Limits.AcknowledgementsMax)
        {
            throw new RefusedException(
                Reasons.ArgumentInvalid, $"acknowledgements: 1 to {Limits.AcknowledgementsMax} are expected");
        }

        var command = new AcknowledgeMessagesCommand { Session = Caller.Of(context).Session.Number };
        foreach (var acknowledgement in request.Acknowledgements)
        {
            if (acknowledgement.Sequence < 1)
            {
                throw new RefusedException(Reasons.ArgumentInvalid, "sequence: 1 or more is expected");
            }

            if (!ConversationId.TryParse(acknowledgement.Conversation, out var conversation))
            {
                throw new RefusedException(Reasons.NotFound);
            }

            var mark = new ConversationMark { Conversation = conversation, Sequence = acknowledgement.Sequence };
            command.Marks.Add(mark);
        }

        var applied = await proposer.ProposeOrRefuseAsync(
            new LoggedCommand { AcknowledgeMessages = command }, context.CancellationToken);
        return new AcknowledgeMessagesResponse { LogIndex = applied.LogIndex };
    }

    public override async Task<ListMessagesResponse> ListMessages(
        ListMessagesRequest request, ServerCallContext context)
    {
        var caller = Caller.Of(context);
        var with = RoomNames.FindTarget(request.With) ?? throw new RefusedException(Reasons.NameInvalid);
        var size = PageSize.Get(request.PageSize);
        var list = $"messages {with}";
        var after = GetStart(request, list, caller.Session.Account);
        var isStale = !request.Local && !await TryCatchUpAsync(caller, context.CancellationToken);

        var account = caller.Session.Account;
        var page = state.Read(reader => reader.ReadHistory(account, with, after, size, Limits.PageBytesMax));
        if (page.Conversation == 0)
        {
            CheckIsThere(with);
        }

        var response = ToResponse(page);
        response.Stale = isStale;
        if (page.HasMore)
        {
            var place = page.Messages[^1].Sequence.ToString(CultureInfo.InvariantCulture);
            response.NextPageToken = PageToken.Format(list, account, place);
        }

        return response;
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

    private static long GetStart(ListMessagesRequest request, string list, long account)
    {
        if (request.PageToken.Length > 0)
        {
            return PageToken.ParseNumber(list, account, request.PageToken);
        }

        return request.AfterSequence >= 0
            ? request.AfterSequence
            : throw new RefusedException(Reasons.ArgumentInvalid, "after_sequence: 0 or more is expected");
    }

    private static ListMessagesResponse ToResponse(HistoryPage page)
    {
        var response = new ListMessagesResponse
        {
            FirstSequenceKept = page.FirstSequenceKept,
            LogIndex = page.AppliedIndex,
            Conversation = page.Conversation == 0 ? "" : ConversationId.Format(page.Conversation),
            DeliveredSequence = page.DeliveredSequence,
        };
        foreach (var message in page.Messages)
        {
            response.Messages.Add(DeliveryEvents.ToMessage(message));
        }

        return response;
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
