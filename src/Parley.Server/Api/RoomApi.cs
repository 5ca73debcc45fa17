using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;
using Parley.Server.Consensus;
using RoomMemberChange = Parley.Core.Log.V1.RoomMemberChange;
using RoomStanding = Parley.Protocol.Chat.V1.RoomStanding;

namespace Parley.Server.Api;

/// <summary>Rooms: made, changed, joined and left, listed. Who may what is decided in <c>Apply</c>.</summary>
internal sealed class RoomApi(
    Proposer proposer, StateAccess state, ReadIndexer readIndexer, SessionGate sessions) : RoomService.RoomServiceBase
{

    public override async Task<CreateRoomResponse> CreateRoom(CreateRoomRequest request, ServerCallContext context)
    {
        CheckVersion();
        var name = RoomNames.Get(request.Name);
        var command = new LoggedCommand
        {
            CreateRoom = new CreateRoom
            {
                Session = Caller.Of(context).Session.Number,
                RequestId = GetRequestId(request.RequestId),
                Name = name,
                ByInvitation = request.ByInvitation,
                Topic = GetTopic(request.Topic),
            },
        };
        var applied = await proposer.ProposeOrRefuseAsync(command, context.CancellationToken);
        return new CreateRoomResponse
        {
            Name = RoomNames.Format(name),
            Conversation = ConversationId.Format(applied.Expect<Outcome.ConversationChanged>().Conversation),
            LogIndex = applied.LogIndex,
        };
    }

    public override async Task<ChangeRoomResponse> ChangeRoom(ChangeRoomRequest request, ServerCallContext context)
    {
        CheckVersion();
        if (!request.HasTopic && !request.HasRetentionDays)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "topic or retention_days is expected");
        }

        if (request.RetentionDays is < 0 or > Limits.RetentionDaysMax)
        {
            throw new RefusedException(
                Reasons.ArgumentInvalid, $"retention_days: 0 to {Limits.RetentionDaysMax} is expected");
        }

        var change = new ChangeRoom
        {
            Session = Caller.Of(context).Session.Number,
            RequestId = GetRequestId(request.RequestId),
        };
        if (request.HasTopic)
        {
            change.Topic = GetTopic(request.Topic);
        }

        if (request.HasRetentionDays)
        {
            change.RetentionDays = request.RetentionDays;
        }

        change.Room = await FindRoomAsync(RoomNames.Get(request.Room), context.CancellationToken);
        var applied = await proposer.ProposeOrRefuseAsync(
            new LoggedCommand { ChangeRoom = change }, context.CancellationToken);
        return new ChangeRoomResponse { LogIndex = applied.LogIndex };
    }

    public override async Task<ChangeRoomMemberResponse> ChangeRoomMember(
        ChangeRoomMemberRequest request, ServerCallContext context)
    {
        CheckVersion();
        var change = (RoomMemberChange)request.Change;
        if (change == RoomMemberChange.Unspecified || !Enum.IsDefined(change))
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "change: one of RoomMemberChange is expected");
        }

        var isOwn = change is RoomMemberChange.Join or RoomMemberChange.Leave;
        if (isOwn && request.Account.Length > 0)
        {
            throw new RefusedException(
                Reasons.ArgumentInvalid, "account: none is expected, joining and leaving are one's own");
        }

        var other = isOwn ? "" : AccountNames.Get(request.Account);
        var command = new ChangeRoomMember
        {
            Session = Caller.Of(context).Session.Number,
            RequestId = GetRequestId(request.RequestId),
            Change = change,
        };
        command.Room = await FindRoomAsync(RoomNames.Get(request.Room), context.CancellationToken);

        // After the wait in there: the number is that of who bears the name now.
        command.Account = isOwn ? 0 : state.Directory.FindAccount(other)?.Number ?? 0;
        var applied = await proposer.ProposeOrRefuseAsync(
            new LoggedCommand { ChangeRoomMember = command }, context.CancellationToken);
        return new ChangeRoomMemberResponse { LogIndex = applied.LogIndex };
    }

    public override async Task<ListRoomsResponse> ListRooms(ListRoomsRequest request, ServerCallContext context)
    {
        var caller = Caller.Of(context);
        var pattern = AccountNames.GetPattern(request.Pattern);
        var size = PageSize.Get(request.PageSize);
        var list = $"rooms {request.OnlyOwn} {pattern}";
        var account = caller.Session.Account;
        var afterName = request.PageToken.Length == 0 ? "" : PageToken.Parse(list, account, request.PageToken);
        await ReadNowAsync(caller, context.CancellationToken);

        var logIndex = state.AppliedIndex;
        var found = state.Read(reader =>
            reader.ListRooms(account, pattern, afterName, request.OnlyOwn, size + 1));
        var response = new ListRoomsResponse { LogIndex = logIndex };
        response.Rooms.AddRange(found.Take(size).Select(room => ToRoom(room, caller.Session.AccountName)));
        if (found.Count > size)
        {
            response.NextPageToken = PageToken.Format(list, account, found[size - 1].Name);
        }

        return response;
    }

    public override async Task<ListRoomMembersResponse> ListRoomMembers(
        ListRoomMembersRequest request, ServerCallContext context)
    {
        var caller = Caller.Of(context);
        var name = RoomNames.Get(request.Room);
        var size = PageSize.Get(request.PageSize);
        var list = $"members {name}";
        var account = caller.Session.Account;
        var afterName = request.PageToken.Length == 0 ? "" : PageToken.Parse(list, account, request.PageToken);
        await ReadNowAsync(caller, context.CancellationToken);

        var logIndex = state.AppliedIndex;
        var room = state.Directory.Rooms.Find(name) ?? throw new RefusedException(Reasons.NotFound);
        var found = state.Read(reader => reader.ListRoomMembers(room.Number, account, afterName, size + 1))
            ?? throw new RefusedException(room.IsByInvitation ? Reasons.NotFound : Reasons.NotMember);
        var response = new ListRoomMembersResponse { LogIndex = logIndex };
        response.Members.AddRange(found.Take(size).Select(ToMember));
        if (found.Count > size)
        {
            response.NextPageToken = PageToken.Format(list, account, found[size - 1].Name);
        }

        return response;
    }

    /// <exception cref="RefusedException">ARGUMENT_INVALID: it is none.</exception>
    public static ByteString GetRequestId(ByteString requestId) => requestId.Length == ApiLimits.RequestIdBytes
        ? requestId
        : throw new RefusedException(Reasons.ArgumentInvalid, "request_id: 16 bytes are expected");

    private static string GetTopic(string topic) => Encoding.UTF8.GetByteCount(topic) <= Limits.RoomTopicBytesMax
        ? topic
        : throw new RefusedException(
            Reasons.ArgumentInvalid, $"topic: at most {Limits.RoomTopicBytesMax} bytes of UTF-8 are expected");

    private static Room ToRoom(RoomPicture room, string caller)
    {
        var isInside = room.Standing >= Parley.Core.Facts.RoomStanding.Member;
        return new Room
        {
            Name = RoomNames.Format(room.Name),
            Conversation = ConversationId.Format(room.Number),
            ByInvitation = room.IsByInvitation,
            Topic = room.Topic,
            Owner = room.Owner,
            Members = room.Members,
            RetentionDays = room.RetentionDays,
            HeadSequence = isInside ? room.HeadSequence : 0,
            DeliveredSequence = isInside ? room.DeliveredSequence : 0,
            Standing = string.Equals(room.Owner, caller, StringComparison.Ordinal)
                ? RoomStanding.Owner
                : room.Standing == Parley.Core.Facts.RoomStanding.Outside
                    ? RoomStanding.Unspecified
                    : (RoomStanding)room.Standing,
            Muted = room.IsMuted,
        };
    }

    private static RoomMember ToMember(RoomMemberPicture member) => new()
    {
        Name = member.Name,
        Standing = member.IsOwner ? RoomStanding.Owner : (RoomStanding)member.Standing,
        Muted = member.IsMuted,
        Barred = member.IsBarred,
        DeliveredSequence = member.DeliveredSequence,
        ReadSequence = member.ReadSequence,
    };

    /// <summary>Not before every node of the cluster knows rooms: one that does not would have to stop.</summary>
    private void CheckVersion()
    {
        if (state.StateVersion < StateVersions.Rooms)
        {
            throw new RefusedException(Reasons.NodesTooOld);
        }
    }

    /// <summary>0 where there is none: <c>Apply</c> alone says NOT_FOUND, for a request id gets one outcome.</summary>
    private async Task<long> FindRoomAsync(string name, CancellationToken cancellationToken)
    {
        await readIndexer.WaitAsync(cancellationToken);
        return state.Directory.Rooms.Find(name)?.Number ?? 0;
    }

    private async Task ReadNowAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.SeenIndex is null)
        {
            await readIndexer.WaitAsync(cancellationToken);
            sessions.CheckStillLive(caller);
        }
    }
}
