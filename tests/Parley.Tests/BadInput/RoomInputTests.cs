using Google.Protobuf;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;

namespace Parley.Tests.BadInput;

/// <summary>Rooms: names, topics, request ids, changes, pages, and what is told of a room to who does not see it.
/// </summary>
[Collection(BadInputCollection.Name)]
[Trait("Promise", "8")]
public sealed class RoomInputTests(BadInputStage stage)
{
    private const string BadName = "INVALID_ARGUMENT NAME_INVALID";
    private const string BadArgument = "INVALID_ARGUMENT ARGUMENT_INVALID";
    private const string BadRequestId = $"{BadArgument}: request_id: 16 bytes are expected";
    private const string BadTopic = $"{BadArgument}: topic: at most 512 bytes of UTF-8 are expected";
    private const string BadRetention = $"{BadArgument}: retention_days: 0 to 36500 is expected";
    private const string BadChange = $"{BadArgument}: change: one of RoomMemberChange is expected";
    private const string BadSize = "INVALID_ARGUMENT PAGE_SIZE_INVALID";
    private const string BadToken = "INVALID_ARGUMENT PAGE_TOKEN_INVALID";
    private const string BadPattern =
        $"{BadArgument}: pattern: at most 64 characters of names, * and ? are expected";

    [Fact]
    public Task Names() => stage.RunAsync(
    [
        .. BadNames.All.Select(bad => Create($"a room {bad.What}", room => room.Name = $"#{bad.Name}", BadName)),
        Create("a room without even a '#'", room => room.Name = "", BadName),
        Create("a room with two '#'", room => room.Name = "##ops", BadName),
        Create("a room with a '#' after its name", room => room.Name = "ops#", BadName),
        Change("a change of a room of SQL", room => room.Room = "#'; DROP TABLE rooms;--", BadName),
        Member("joining a room that climbs", change => change.Room = "#../board", BadName),
        Member("inviting a name of SQL", change => change.Account = "'; DROP TABLE accounts;--", BadName),
        Member("inviting nobody by name", change => change.Account = "", BadName),
        Member("inviting a room", change => change.Account = BadInputStage.Hall, BadName),
        Row.Session("members of a room with an escape sequence",
            caller => MembersAsync(caller, new() { Room = "#\u001b[2J" }), BadName),
        Row.Session("history of a room without a name", caller => caller.ListMessagesAsync(new() { With = "#" }),
            BadName),
        Row.Session("sending to a room without a name", caller => caller.SendAsync(send => send.Recipient = "#"),
            BadName),
        Row.Session("sending to a room with two '#', in a stream",
            caller => caller.SendInStreamAsync(send => send.Recipient = "##hall"), BadName),
    ]);

    [Fact]
    public Task Requests() => stage.RunAsync(
    [
        Create("no request id", room => room.RequestId = ByteString.Empty, BadRequestId),
        Create("a request id of 15 bytes", room => room.RequestId = NodeFixture.RandomBytes(15), BadRequestId),
        Create("a topic of 513 bytes", room => room.Topic = new string('x', 513), BadTopic),
        Create("a topic of 257 two-byte letters", room => room.Topic = new string('\u00e9', 257), BadTopic),
        Create("a topic of 60,000 bytes", room => room.Topic = new string('x', 60_000), BadTopic),
        Change("a change's request id of 17 bytes", room => room.RequestId = NodeFixture.RandomBytes(17),
            BadRequestId),
        Change("a change to a topic of 129 emojis",
            room => room.Topic = string.Concat(Enumerable.Repeat("\U0001F600", 129)), BadTopic),
        Change("a change of nothing", room => room.ClearTopic(),
            $"{BadArgument}: topic or retention_days is expected"),
        Change("a retention of -1 days", room => room.RetentionDays = -1, BadRetention),
        Change("a retention of 36,501 days", room => room.RetentionDays = 36_501, BadRetention),
        Change("the longest retention there could be", room => room.RetentionDays = int.MaxValue, BadRetention),
        Member("a member's request id of 15 bytes", change => change.RequestId = NodeFixture.RandomBytes(15),
            BadRequestId),
        Member("no change of a member", change => change.Change = RoomMemberChange.Unspecified, BadChange),
        Member("a change of a member that is none", change => change.Change = (RoomMemberChange)99, BadChange),
        Member("a negative change of a member", change => change.Change = (RoomMemberChange)(-1), BadChange),
        Member("joining for somebody else", change => change.Change = RoomMemberChange.Join,
            $"{BadArgument}: account: none is expected, joining and leaving are one's own"),
        Member("leaving for somebody else", change => change.Change = RoomMemberChange.Leave,
            $"{BadArgument}: account: none is expected, joining and leaving are one's own"),
    ]);

    [Fact]
    public async Task Pages()
    {
        var bob = stage.As(stage.Bob);
        var rooms = (await bob.Node.Rooms.ListRoomsAsync(new() { PageSize = 1 }, bob.Options)).NextPageToken;
        var members = (await bob.Node.Rooms.ListRoomMembersAsync(
            new() { Room = BadInputStage.Board, PageSize = 1 }, bob.Options)).NextPageToken;
        var accounts = (await bob.Node.Accounts.ListAccountsAsync(new() { PageSize = 1 }, bob.Options)).NextPageToken;
        Assert.All((string[])[rooms, members, accounts], Assert.NotEmpty);

        await stage.RunAsync(
        [
            Rooms("a page of -1 rooms", new() { PageSize = -1 }, BadSize),
            Rooms("a page of 10^9 rooms", new() { PageSize = 1_000_000_000 }, Row.Ok),
            Rooms("a forged page token of rooms", new() { PageToken = BadInputStage.Canary }, BadToken),
            Rooms("a page token of 10 KB for rooms", new() { PageToken = new string('A', 10_240) }, BadToken),
            Rooms("a page token of accounts for rooms", new() { PageToken = accounts }, BadToken),
            Rooms("a page token of rooms under another pattern", new() { PageToken = rooms, Pattern = "h*" }, BadToken),
            Rooms("a page token of all rooms for one's own", new() { PageToken = rooms, OnlyOwn = true }, BadToken),
            Rooms("a pattern of rooms with a '#'", new() { Pattern = "#*" }, BadPattern),
            Rooms("a pattern of rooms of 65 characters", new() { Pattern = new string('*', 65) }, BadPattern),
            Rooms("a pattern of rooms that takes long to match",
                new() { Pattern = string.Concat(Enumerable.Repeat("*a", 32)) }, Row.Ok),
            new Row("another's page token of rooms", caller => RoomsAsync(caller, new() { PageToken = rooms }),
                Row.NoSession, Row.Ok, BadToken),
            Row.Session("a page of -1 members",
                caller => MembersAsync(caller, new() { Room = BadInputStage.Hall, PageSize = -1 }), BadSize),
            Row.Session("a page token of another room's members",
                caller => MembersAsync(caller, new() { Room = BadInputStage.Hall, PageToken = members }), BadToken),
            new Row("another's page token of members",
                caller => MembersAsync(caller, new() { Room = BadInputStage.Board, PageToken = members }),
                Row.NoSession, Row.Ok, BadToken),
        ]);
    }

    /// <summary>A room by invitation and none at all are told alike: bob is in it, alice rules the cluster and is not.
    /// </summary>
    [Fact]
    public Task Rooms_that_one_is_not_in() => stage.RunAsync(
    [
        .. Hidden("that is by invitation", BadInputStage.Board, bobs: Row.Ok),
        .. Hidden("that there is not", "#nowhere", bobs: "NOT_FOUND NOT_FOUND"),
        new Row("members of a public room", caller => MembersAsync(caller, new() { Room = BadInputStage.Hall }),
            Row.NoSession, Row.Ok, "PERMISSION_DENIED NOT_MEMBER"),
        new Row("history of a public room", caller => caller.ListMessagesAsync(new() { With = BadInputStage.Hall }),
            Row.NoSession, Row.Ok, "PERMISSION_DENIED NOT_MEMBER"),
    ]);

    /// <summary>What Apply refuses it remembers under the request's id; nothing else becomes of it.</summary>
    [Fact]
    public async Task Changes_that_are_remembered_though_refused()
    {
        await stage.RunAsync(
            [
                Create("a room that is there", room => room.Name = BadInputStage.Hall,
                    "ALREADY_EXISTS ROOM_NAME_TAKEN"),
                Member("inviting who is not there", change => change.Account = "nobody", "NOT_FOUND NOT_FOUND"),
                Member("inviting into no room", change => change.Room = "#nowhere", "NOT_FOUND NOT_FOUND"),
                Change("a change of no room", room => room.Room = "#nowhere", "NOT_FOUND NOT_FOUND"),
                new Row("an administrator's change of a room that it is not in",
                    caller => ChangeAsync(caller, room => room.Topic = caller.Canary),
                    Row.NoSession, "", "NOT_FOUND NOT_FOUND"),
                new Row("an administrator's joining of a room by invitation",
                    caller => MemberAsync(caller, change =>
                    {
                        change.Account = "";
                        change.Change = RoomMemberChange.Join;
                    }),
                    Row.NoSession, "", "NOT_FOUND NOT_FOUND"),
            ],
            changesNothing: false);
        var seen = await stage.Node(2).Rooms.ListRoomsAsync(new(), stage.As(stage.Bob).Options);
        Assert.Equal(
            [(BadInputStage.Board, 1, ""), (BadInputStage.Hall, 1, "")],
            seen.Rooms.Select(room => (room.Name, room.Members, room.Topic)));
    }

    /// <summary>Other text than anybody expects is kept as it came, on every node, and goes again.</summary>
    [Fact]
    public async Task A_topic_of_control_characters_is_stored_as_it_came()
    {
        const string Odd = "a\0b\u001b[2J\r\n\u202e\uFFFE[red]x[/]";
        foreach (var topic in (string[])[Odd, ""])
        {
            await ChangeAsync(stage.As(stage.Bob), room => room.Topic = topic);
            await stage.CheckAsync();
            foreach (var node in stage.Cluster.Nodes.Nodes)
            {
                var seen = await stage.Node(node.Id).Rooms.ListRoomsAsync(
                    new() { Pattern = "board" }, stage.As(stage.Bob).Options);
                Assert.Equal(topic, Assert.Single(seen.Rooms).Topic);
            }
        }
    }

    private static Row[] Hidden(string what, string room, string bobs) =>
    [
        new Row($"members of a room {what}", caller => MembersAsync(caller, new() { Room = room }),
            Row.NoSession, bobs, "NOT_FOUND NOT_FOUND"),
        new Row($"history of a room {what}", caller => caller.ListMessagesAsync(new() { With = room }),
            Row.NoSession, bobs, "NOT_FOUND NOT_FOUND"),
    ];

    private static Row Create(string input, Action<CreateRoomRequest> spoil, string answer) => Row.Session(
        input,
        async caller =>
        {
            var request = new CreateRoomRequest { RequestId = NodeFixture.RandomBytes(16), Name = "#ops" };
            spoil(request);
            await caller.Node.Rooms.CreateRoomAsync(request, caller.Options);
        },
        answer);

    private static Row Change(string input, Action<ChangeRoomRequest> spoil, string answer) =>
        Row.Session(input, caller => ChangeAsync(caller, spoil), answer);

    private static Row Member(string input, Action<ChangeRoomMemberRequest> spoil, string answer) =>
        Row.Session(input, caller => MemberAsync(caller, spoil), answer);

    private static Row Rooms(string input, ListRoomsRequest request, string answer) =>
        Row.Session(input, caller => RoomsAsync(caller, request), answer);

    private static async Task ChangeAsync(Caller caller, Action<ChangeRoomRequest> spoil)
    {
        var request = new ChangeRoomRequest
        {
            RequestId = NodeFixture.RandomBytes(16),
            Room = BadInputStage.Board,
            Topic = "calm",
        };
        spoil(request);
        await caller.Node.Rooms.ChangeRoomAsync(request, caller.Options);
    }

    private static async Task MemberAsync(Caller caller, Action<ChangeRoomMemberRequest> spoil)
    {
        var request = new ChangeRoomMemberRequest
        {
            RequestId = NodeFixture.RandomBytes(16),
            Room = BadInputStage.Board,
            Account = "dave",
            Change = RoomMemberChange.Invite,
        };
        spoil(request);
        await caller.Node.Rooms.ChangeRoomMemberAsync(request, caller.Options);
    }

    private static async Task RoomsAsync(Caller caller, ListRoomsRequest request) =>
        await caller.Node.Rooms.ListRoomsAsync(request, caller.Options);

    private static async Task MembersAsync(Caller caller, ListRoomMembersRequest request) =>
        await caller.Node.Rooms.ListRoomMembersAsync(request, caller.Options);
}
