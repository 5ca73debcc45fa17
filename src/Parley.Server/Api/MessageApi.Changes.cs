using Google.Protobuf;
using Grpc.Core;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;

namespace Parley.Server.Api;

/// <content>Editing and deleting. Who may is decided in <c>Apply</c>.</content>
internal sealed partial class MessageApi
{
    public override async Task<EditMessageResponse> EditMessage(EditMessageRequest request, ServerCallContext context)
    {
        if (SendIntake.CheckText(request.Text) is { } reason)
        {
            throw new RefusedException(reason);
        }

        var logIndex = await ChangeAsync(
            request.RequestId, request.Conversation, request.Sequence, MessageChange.Edit, request.Text, context);
        return new EditMessageResponse { LogIndex = logIndex };
    }

    public override async Task<DeleteMessageResponse> DeleteMessage(
        DeleteMessageRequest request, ServerCallContext context)
    {
        var logIndex = await ChangeAsync(
            request.RequestId, request.Conversation, request.Sequence, MessageChange.Delete, text: "", context);
        return new DeleteMessageResponse { LogIndex = logIndex };
    }

    private async Task<long> ChangeAsync(
        ByteString requestId,
        string conversation,
        long sequence,
        MessageChange change,
        string text,
        ServerCallContext context)
    {
        var command = new ChangeMessage
        {
            Session = Caller.Of(context).Session.Number,
            RequestId = RoomApi.GetRequestId(requestId),
            Sequence = sequence,
            Change = change,
            Text = text,
        };
        if (sequence < 1)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "sequence: 1 or more is expected");
        }

        if (!ConversationId.TryParse(conversation, out var number))
        {
            throw new RefusedException(Reasons.NotFound);
        }

        if (state.StateVersion < StateVersions.ChangedMessages)
        {
            throw new RefusedException(Reasons.NodesTooOld);
        }

        var wait = rates.Take(Caller.Of(context).Session.Account, state.Directory.Settings);
        if (wait > TimeSpan.Zero)
        {
            throw new RefusedException(Reasons.RateLimited, sentence: null, wait);
        }

        presence.Acted(Caller.Of(context).Session.Account);
        command.Conversation = number;
        var applied = await proposer.ProposeOrRefuseAsync(
            new LoggedCommand { ChangeMessage = command }, context.CancellationToken);
        return applied.LogIndex;
    }
}
