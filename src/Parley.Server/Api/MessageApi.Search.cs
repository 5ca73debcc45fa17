using System.Globalization;
using Grpc.Core;
using Parley.Core;
using Parley.Core.Search;
using Parley.Protocol.Chat.V1;
using Parley.Server.Delivery;

namespace Parley.Server.Api;

/// <content>Search.</content>
internal sealed partial class MessageApi
{
    public override async Task<SearchMessagesResponse> SearchMessages(
        SearchMessagesRequest request, ServerCallContext context)
    {
        var caller = Caller.Of(context);
        var query = SearchQuery.Find(request.Query, out var expected)
            ?? throw new RefusedException(Reasons.QueryInvalid, $"query: {expected}");
        var with = request.With.Length == 0
            ? null
            : RoomNames.FindTarget(request.With) ?? throw new RefusedException(Reasons.NameInvalid);
        var size = Math.Min(PageSize.Get(request.PageSize), ApiLimits.SearchPageMax);
        var (account, list) = (caller.Session.Account, $"search {with}\n{request.Query}");
        var before = request.PageToken.Length > 0
            ? PageToken.ParseNumber(list, account, request.PageToken)
            : long.MaxValue;
        var isStale = !request.Local && !await TryCatchUpAsync(caller, context.CancellationToken);

        var wish = new SearchWish(query, with, before, size, Limits.PageBytesMax);
        var page = await search.RunAsync(account, wish, context.CancellationToken);
        sessions.CheckStillLive(caller);
        if (!page.KnowsPartner)
        {
            CheckIsThere(with!);
        }

        var response = new SearchMessagesResponse
        {
            LogIndex = page.AppliedIndex,
            Stale = isStale,
            Incomplete = page.IsIncomplete,
        };
        response.Messages.AddRange(page.Messages.Select(DeliveryEvents.ToMessage));
        if (page.GoOnBefore is { } place)
        {
            response.NextPageToken = PageToken.Format(list, account, place.ToString(CultureInfo.InvariantCulture));
        }

        return response;
    }
}
