using System.Globalization;
using Grpc.Core;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;

namespace Parley.Server.Api;

/// <content>What is read and what is not.</content>
internal sealed partial class MessageApi
{
    private const string ConversationsList = "conversations";
    private const string UnreadList = "unread conversations";

    public override async Task<MarkMessagesReadResponse> MarkMessagesRead(
        MarkMessagesReadRequest request, ServerCallContext context)
    {
        CheckCount("marks", request.Marks.Count);
        var command = new MarkRead { Session = Caller.Of(context).Session.Number, Quiet = request.Quiet };
        command.Marks.AddRange(request.Marks.Select(each => ToMark(each.Conversation, each.Sequence)));

        // Not before every node of the cluster knows read marks: one that does not would have to stop.
        if (state.StateVersion < StateVersions.ReadMarks)
        {
            throw new RefusedException(Reasons.MarksNotKnown);
        }

        if (!request.Quiet)
        {
            // Who reads in silence is not seen to come back at that moment.
            presence.Acted(Caller.Of(context).Session.Account);
        }

        var applied = await proposer.ProposeOrRefuseAsync(
            new LoggedCommand { MarkRead = command }, context.CancellationToken);
        return new MarkMessagesReadResponse { LogIndex = applied.LogIndex };
    }

    public override async Task<ListConversationsResponse> ListConversations(
        ListConversationsRequest request, ServerCallContext context)
    {
        var caller = Caller.Of(context);
        var account = caller.Session.Account;
        var size = PageSize.Get(request.PageSize);
        var list = request.OnlyUnread ? UnreadList : ConversationsList;
        var before = request.PageToken.Length == 0
            ? long.MaxValue
            : PageToken.ParseNumber(list, account, request.PageToken);
        if (caller.SeenIndex is null)
        {
            await readIndexer.WaitAsync(context.CancellationToken);
            sessions.CheckStillLive(caller);
        }

        var page = state.Read(reader => reader.ListConversations(account, before, size, request.OnlyUnread));
        var response = new ListConversationsResponse { LogIndex = page.AppliedIndex };
        response.Conversations.AddRange(page.Conversations.Select(ToConversation));
        if (page.HasMore)
        {
            var place = page.Last.ToString(CultureInfo.InvariantCulture);
            response.NextPageToken = PageToken.Format(list, account, place);
        }

        return response;
    }

    private static void CheckCount(string field, int count)
    {
        if (count is 0 or > Limits.AcknowledgementsMax)
        {
            throw new RefusedException(
                Reasons.ArgumentInvalid, $"{field}: 1 to {Limits.AcknowledgementsMax} are expected");
        }
    }

    private static ConversationMark ToMark(string conversation, long sequence)
    {
        if (sequence < 1)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "sequence: 1 or more is expected");
        }

        return ConversationId.TryParse(conversation, out var number)
            ? new ConversationMark { Conversation = number, Sequence = sequence }
            : throw new RefusedException(Reasons.NotFound);
    }

    private static Conversation ToConversation(ConversationEntry entry) => new()
    {
        With = entry.With,
        Conversation_ = ConversationId.Format(entry.Number),
        HeadSequence = entry.HeadSequence,
        LastAtUs = entry.LastAtUs,
        DeliveredSequence = entry.DeliveredSequence,
        ReadSequence = entry.ReadSequence,
        Unread = entry.Unread,
        UnreadIsLeast = entry.UnreadIsLeast,
    };
}
