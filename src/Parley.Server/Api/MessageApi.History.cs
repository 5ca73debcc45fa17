using System.Globalization;
using Grpc.Core;
using Parley.Core;
using Parley.Protocol.Chat.V1;
using Parley.Server.Delivery;

namespace Parley.Server.Api;

/// <content>A conversation read again, from either end.</content>
internal sealed partial class MessageApi
{
    public override async Task<ListMessagesResponse> ListMessages(
        ListMessagesRequest request, ServerCallContext context)
    {
        var caller = Caller.Of(context);
        var with = RoomNames.FindTarget(request.With) ?? throw new RefusedException(Reasons.NameInvalid);
        var size = PageSize.Get(request.PageSize);
        var (account, isBack) = (caller.Session.Account, request.Backward);
        var list = isBack ? $"messages back {with}" : $"messages {with}";
        var start = GetStart(request, list, account);
        var isStale = !request.Local && !await TryCatchUpAsync(caller, context.CancellationToken);

        var page = state.Read(reader => isBack
            ? reader.ReadHistoryBack(account, with, start, size, Limits.PageBytesMax)
            : reader.ReadHistory(account, with, start, size, Limits.PageBytesMax));
        if (page.Conversation == 0)
        {
            CheckIsThere(with);
        }

        var response = ToResponse(page);
        (response.Stale, response.Backward) = (isStale, isBack);
        if (page.HasMore)
        {
            var place = page.Messages[isBack ? 0 : ^1].Sequence.ToString(CultureInfo.InvariantCulture);
            response.NextPageToken = PageToken.Format(list, account, place);
        }

        return response;
    }

    /// <summary>After which sequence the page begins; backward, before which it ends.</summary>
    private static long GetStart(ListMessagesRequest request, string list, long account)
    {
        var (after, before, isBack) = (request.AfterSequence, request.BeforeSequence, request.Backward);
        var wrong = after < 0 ? "after_sequence: 0 or more is expected"
            : before < 0 ? "before_sequence: 0 or more is expected"
            : isBack && after > 0 ? "after_sequence: 0 is expected where backward is set"
            : !isBack && before > 0 ? "before_sequence: 0 is expected where backward is not set"
            : null;
        if (wrong is not null)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, wrong);
        }

        return request.PageToken.Length > 0 ? PageToken.ParseNumber(list, account, request.PageToken)
            : isBack && before == 0 ? long.MaxValue
            : isBack ? before
            : after;
    }

    private static ListMessagesResponse ToResponse(HistoryPage page)
    {
        var response = new ListMessagesResponse
        {
            FirstSequenceKept = page.FirstSequenceKept,
            LogIndex = page.AppliedIndex,
            Conversation = page.Conversation == 0 ? "" : ConversationId.Format(page.Conversation),
            DeliveredSequence = page.DeliveredSequence,
            HeadSequence = page.HeadSequence,
        };
        response.Messages.AddRange(page.Messages.Select(DeliveryEvents.ToMessage));
        return response;
    }
}
