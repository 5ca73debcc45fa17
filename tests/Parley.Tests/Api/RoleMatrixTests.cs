using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Api;

/// <summary>
/// Who may do what: every RPC of the protocol (from its descriptors; one without a row fails) by {no token, wrong
/// token, member, other member, administrator, disabled, deleted}.
/// </summary>
[Trait("Promise", "8")]
public sealed class RoleMatrixTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    private const string ChatPrefix = "/parley.chat.v1.";
    private const string Ok = "OK";
    private const string NoSession = "SESSION_ENDED";
    private const string Members = "NOT_ALLOWED";
    private const string Invalid = "ARGUMENT_INVALID";

    /// <summary>What the member asks for is the member's own: its conversation, its client number.</summary>
    private static readonly Dictionary<string, Row> Rows = new(StringComparer.Ordinal)
    {
        // Needs no session: whoever calls gets the same answer.
        ["AccountService/CreateAccount"] = Row.Open(_ => new CreateAccountRequest(), Invalid),
        ["SessionService/Login"] = Row.Open(_ => new LoginRequest(), Invalid),
        ["ClusterService/GetCluster"] = Row.Open(_ => new GetClusterRequest(), Ok),
        ["grpc.health.v1.Health/Check"] = Row.Open(_ => new HealthCheckRequest(), Ok),
        ["grpc.health.v1.Health/Watch"] = Row.Open(_ => new HealthCheckRequest(), Ok),
        ["grpc.reflection.v1.ServerReflection/ServerReflectionInfo"] = Row.Open(
            _ => new Grpc.Reflection.V1.ServerReflectionRequest(), Ok),
        ["grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"] = Row.Open(
            _ => new Grpc.Reflection.V1Alpha.ServerReflectionRequest(), Ok),

        // The caller's own, or seen by all.
        ["AccountService/DeleteAccount"] = Row.Own(
            stage => new DeleteAccountRequest { Password = NodeFixture.Password }, Ok, Ok, Ok),
        ["AccountService/ListAccounts"] = Row.Own(_ => new ListAccountsRequest(), Ok, Ok, Ok),
        ["AccountService/GetPresence"] = Row.Own(
            stage => new GetPresenceRequest { Names = { stage.Partner } }, Ok, Ok, Ok),
        ["SessionService/Logout"] = Row.Own(_ => new LogoutRequest(), Ok, Ok, Ok),
        ["SessionService/OpenClient"] = Row.Own(
            _ => new OpenClientRequest { RequestId = NodeFixture.RandomBytes(16) }, Ok, Ok, Ok),
        ["MessageService/ReceiveMessages"] = Row.Own(_ => new ReceiveMessagesRequest(), Invalid, Invalid, Invalid),
        ["MessageService/SendMessages"] = Row.Own(
            stage => new SendMessagesRequest { Message = stage.Message }, Ok, "CLIENT_FORGOTTEN", "CLIENT_FORGOTTEN"),

        ["CredentialService/ChangePassword"] = Row.Own(
            _ => new ChangePasswordRequest { OldPassword = NodeFixture.Password, NewPassword = "another horse" },
            Ok, Ok, Ok),
        ["CredentialService/CreateToken"] = Row.Own(
            _ => new CreateTokenRequest
            {
                Password = NodeFixture.Password,
                TokenHash = NodeFixture.RandomBytes(32),
                Label = "backup",
            },
            "REQUEST_ID_REUSED", Ok, "REQUEST_ID_REUSED"),
        ["CredentialService/ListTokens"] = Row.Own(_ => new ListTokensRequest(), Ok, Ok, Ok),
        ["CredentialService/RevokeToken"] = Row.Own(
            stage => new RevokeTokenRequest { Token = stage.DeviceToken }, Ok, "NOT_FOUND", "NOT_FOUND"),

        // The member's: nobody else's, whatever the role.
        ["MessageService/SendMessage"] = Row.Own(
            stage => stage.Message, Ok, "CLIENT_FORGOTTEN", "CLIENT_FORGOTTEN"),
        ["MessageService/AcknowledgeMessages"] = Row.Own(
            stage => new AcknowledgeMessagesRequest
            {
                Acknowledgements = { new Acknowledgement { Conversation = stage.Conversation, Sequence = 1 } },
            },
            Ok, "NOT_FOUND", "NOT_FOUND"),
        ["MessageService/MarkMessagesRead"] = Row.Own(
            stage => new MarkMessagesReadRequest
            {
                Marks = { new ReadMark { Conversation = stage.Conversation, Sequence = 1 } },
            },
            "NOT_DELIVERED", "NOT_FOUND", "NOT_FOUND"),
        ["MessageService/ListConversations"] = Row.Own(_ => new ListConversationsRequest(), Ok, Ok, Ok),
        ["MessageService/ListMessages"] = Row.Own(
            stage => new ListMessagesRequest { With = stage.Partner }, Ok, Ok, Ok),
        ["MessageService/SearchMessages"] = Row.Own(
            _ => new SearchMessagesRequest { Query = "hello" }, Ok, Ok, Ok),

        ["MessageService/EditMessage"] = Row.Own(
            stage => new EditMessageRequest
            {
                RequestId = NodeFixture.RandomBytes(16),
                Conversation = stage.Conversation,
                Sequence = 2,
                Text = "hello after all",
            },
            Ok, "NOT_FOUND", "NOT_FOUND"),
        ["MessageService/DeleteMessage"] = Row.Own(
            stage => new DeleteMessageRequest
            {
                RequestId = NodeFixture.RandomBytes(16),
                Conversation = stage.Conversation,
                Sequence = 2,
            },
            Ok, "NOT_FOUND", "NOT_FOUND"),

        // The member's room, which is by invitation: for others, and for administrators, it is not there.
        ["RoomService/CreateRoom"] = Row.Own(
            stage => new CreateRoomRequest { RequestId = NodeFixture.RandomBytes(16), Name = stage.Room },
            "ROOM_NAME_TAKEN", "ROOM_NAME_TAKEN", "ROOM_NAME_TAKEN"),
        ["RoomService/ChangeRoom"] = Row.Own(
            stage => new ChangeRoomRequest { RequestId = NodeFixture.RandomBytes(16), Room = stage.Room, Topic = "x" },
            Ok, "NOT_FOUND", "NOT_FOUND"),
        ["RoomService/ChangeRoomMember"] = Row.Own(
            stage => new ChangeRoomMemberRequest
            {
                RequestId = NodeFixture.RandomBytes(16),
                Room = stage.Room,
                Account = stage.Partner,
                Change = RoomMemberChange.Invite,
            },
            Ok, "NOT_FOUND", "NOT_FOUND"),
        ["RoomService/ListRooms"] = Row.Own(_ => new ListRoomsRequest(), Ok, Ok, Ok),
        ["RoomService/ListRoomMembers"] = Row.Own(
            stage => new ListRoomMembersRequest { Room = stage.Room }, Ok, "NOT_FOUND", "NOT_FOUND"),

        // Administrators alone.
        ["AdministrationService/CreateInvite"] = Row.Administrators(
            _ => new CreateInviteRequest { CodeHash = NodeFixture.RandomBytes(32) }, Ok),
        ["AdministrationService/ListInvites"] = Row.Administrators(_ => new ListInvitesRequest(), Ok),
        ["AdministrationService/RevokeInvite"] = Row.Administrators(
            _ => new RevokeInviteRequest { Invite = -1 }, "NOT_FOUND"),
        ["AdministrationService/ChangeAccount"] = Row.Administrators(
            stage => new ChangeAccountRequest { Name = stage.Partner, Change = AccountChange.Disable }, Ok),
        ["AdministrationService/GetSettings"] = Row.Administrators(_ => new GetSettingsRequest(), Ok),
        ["AdministrationService/ChangeSettings"] = Row.Administrators(_ => new ChangeSettingsRequest(), Invalid),
        ["AdministrationService/ListAudit"] = Row.Administrators(_ => new ListAuditRequest(), Ok),
        ["MembershipService/ChangeMember"] = Row.Administrators(_ => new ChangeMemberRequest(), Invalid),
    };

    public static TheoryData<string> Calls =>
    [
        .. ChatProtocol.PathsOf(ChatProtocol.Files).Select(path => path[ChatPrefix.Length..]),
        .. ChatProtocol.PathsOf(ChatProtocol.OthersFiles).Select(path => path[1..]),
    ];

    [Fact]
    public void Every_call_has_a_row_and_every_file_of_the_protocol_is_looked_at()
    {
        var services = typeof(AccountServiceReflection).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("ServiceReflection", StringComparison.Ordinal));

        Assert.Equal(ChatProtocol.Files.Length, services.Count());
        Assert.Equal(
            Calls.Select(row => row.Data).Order(StringComparer.Ordinal), Rows.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Each_is_answered_by_who_asks(string call)
    {
        var row = Rows[call];
        var stage = await SetAsync();
        var request = row.Request(stage).ToByteArray();
        var wrongs = new List<string>();
        async Task ExpectAsync(string who, string expected, Metadata? metadata)
        {
            var prefix = call.StartsWith("grpc.", StringComparison.Ordinal) ? "/" : ChatPrefix;
            var found = await AnswerAsync(prefix + call, request, metadata);
            if (!string.Equals(expected, found, StringComparison.Ordinal))
            {
                wrongs.Add($"{who}: {expected} expected, {found} found");
            }
        }

        await ExpectAsync("no token", row.Nobody, metadata: null);
        await ExpectAsync("wrong token", row.Nobody, NodeFixture.Bearer(NodeFixture.RandomBytes(32).Span));
        await ExpectAsync("disabled", row.Nobody, stage.Disabled.Metadata);
        await ExpectAsync("deleted", row.Nobody, stage.Deleted.Metadata);
        await ExpectAsync("other member", row.OtherMember, stage.OtherMember.Metadata);
        await ExpectAsync("administrator", row.Administrator, stage.Administrator.Metadata);
        await ExpectAsync("member", row.Member, stage.Member.Metadata);

        Assert.Empty(wrongs);
    }

    private async Task<Stage> SetAsync()
    {
        var member = await node.LogInNewAsync("bob");
        var partner = await node.LogInNewAsync("carol");
        var made = await node.Credentials.CreateTokenAsync(
            new() { Password = NodeFixture.Password, TokenHash = NodeFixture.RandomBytes(32), Label = "backup" },
            member.Metadata);
        var sent = await partner.SendAsync(1, member, "hello");
        await member.SendAsync(1, partner, "hello yourself");
        var disabled = await node.LogInNewAsync("disabled");
        await node.ChangeAsync(disabled, AccountChange.Disable);
        var deleted = await node.LogInNewAsync("deleted");
        await node.ChangeAsync(deleted, AccountChange.Delete);
        var room = await member.CreateRoomAsync("board", byInvitation: true);
        return new Stage
        {
            Member = member,
            Room = room,
            OtherMember = await node.LogInNewAsync("dave"),
            Administrator = await node.LogInNewAdministratorAsync("alice"),
            Disabled = disabled,
            Deleted = deleted,
            Partner = partner.Name,
            Conversation = sent.Conversation,
            DeviceToken = made.Token,
            Message = member.Message(2, partner, "hello too"),
        };
    }

    private async Task<string> AnswerAsync(string path, byte[] request, Metadata? metadata)
    {
        try
        {
            return await (path.Split('/')[^1] switch
            {
                "Watch" => WatchAsync(metadata),
                "SendMessages" => SendAsync(SendMessagesRequest.Parser.ParseFrom(request), metadata),
                _ => CallAsync(path, request, metadata),
            });
        }
        catch (RpcException refused)
        {
            return refused.GetRpcStatus()?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason ?? refused.StatusCode.ToString();
        }
    }

    private async Task<string> CallAsync(string path, byte[] request, Metadata? metadata)
    {
        await node.CallRawAsync(path, request, metadata);
        return Ok;
    }

    /// <summary>The call as a whole ends well: what became of a message stands in its answer.</summary>
    private async Task<string> SendAsync(SendMessagesRequest request, Metadata? metadata) =>
        (await RawCall.FindSendErrorAsync(node.Messages, request, new CallOptions(metadata)))?.Reason ?? Ok;

    /// <summary>Has no end by itself: the first word will do.</summary>
    private async Task<string> WatchAsync(Metadata? metadata)
    {
        using var watch = new Health.HealthClient(node.Channel).Watch(new(), metadata);
        Assert.True(await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        return Ok;
    }

    private sealed record Stage
    {
        public required TestUser Member { get; init; }

        public required TestUser OtherMember { get; init; }

        public required TestUser Administrator { get; init; }

        public required TestUser Disabled { get; init; }

        public required TestUser Deleted { get; init; }

        /// <summary>Who has written to the member.</summary>
        public required string Partner { get; init; }

        public required string Conversation { get; init; }

        /// <summary>The member's.</summary>
        public required long DeviceToken { get; init; }

        /// <summary>The member's own.</summary>
        public required string Room { get; init; }

        /// <summary>With the member's client number.</summary>
        public required SendMessageRequest Message { get; init; }
    }

    private sealed record Row(
        Func<Stage, IMessage> Request, string Nobody, string Member, string OtherMember, string Administrator)
    {
        public static Row Open(Func<Stage, IMessage> request, string all) => new(request, all, all, all, all);

        public static Row Own(Func<Stage, IMessage> request, string member, string other, string administrator) =>
            new(request, NoSession, member, other, administrator);

        public static Row Administrators(Func<Stage, IMessage> request, string administrator) =>
            new(request, NoSession, Members, Members, administrator);
    }
}
