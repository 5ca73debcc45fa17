using Grpc.Core;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Api;

/// <summary>Rooms at a real node, by the bare protocol.</summary>
public sealed class RoomCallTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    [Fact]
    [Trait("Promise", "3")]
    public async Task A_room_is_joined_talked_in_and_read_again_page_by_page()
    {
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        var room = await alice.CreateRoomAsync("ops");
        await alice.SayAsync(1, room, "before bob");
        await bob.InRoomAsync(room, RoomMemberChange.Join);
        using var stream = bob.Receive(1);

        await alice.SayAsync(2, room.ToUpperInvariant(), "two");
        await bob.SayAsync(1, room, "three");

        var arrived = new List<Message>();
        while (arrived.Count < 2 && await stream.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (stream.ResponseStream.Current.Message is { } message)
            {
                arrived.Add(message);
            }
        }

        Assert.Equal(
            [(2L, "two", alice.Name), (3L, "three", bob.Name)],
            arrived.Select(message => (message.Sequence, message.Text, message.Sender)));
        Assert.All(arrived, message => Assert.Equal(room, message.Recipient));
        await bob.AcknowledgeAsync(arrived[0].Conversation, 3);
        var first = await node.Messages.ListMessagesAsync(new() { With = room, PageSize = 2 }, bob.Metadata);
        var rest = await node.Messages.ListMessagesAsync(
            new() { With = room, PageSize = 2, PageToken = first.NextPageToken }, bob.Metadata);
        Assert.Equal(["before bob", "two"], first.Messages.Select(message => message.Text));
        Assert.Equal("three", Assert.Single(rest.Messages).Text);
        Assert.Equal((3, ""), (rest.DeliveredSequence, rest.NextPageToken));
        var members = await node.Rooms.ListRoomMembersAsync(new() { Room = room }, alice.Metadata);
        Assert.Equal(
            [(alice.Name, RoomStanding.Owner, 0L), (bob.Name, RoomStanding.Member, 3L)],
            members.Members.Select(member => (member.Name, member.Standing, member.DeliveredSequence)));
    }

    [Fact]
    [Trait("Promise", "8")]
    public async Task Who_is_removed_hears_of_it_and_of_nothing_after_on_a_stream_that_stays_open()
    {
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        var room = await alice.CreateRoomAsync("board", byInvitation: true);
        using var stream = bob.Receive(1);
        Assert.Empty(await TestUser.ReadBacklogAsync(stream));
        await alice.InRoomAsync(room, RoomMemberChange.Invite, bob);
        Assert.NotNull((await NextAsync(stream)).RoomsChanged);
        await bob.InRoomAsync(room, RoomMemberChange.Join);
        Assert.NotNull((await NextAsync(stream)).RoomsChanged);

        await alice.InRoomAsync(room, RoomMemberChange.Remove, bob);
        await alice.SayAsync(1, room, "canary");
        await alice.SendAsync(2, bob, "in the open");

        Assert.NotNull((await NextAsync(stream)).RoomsChanged);
        Assert.Equal("in the open", (await NextAsync(stream)).Message?.Text);
        await NodeFixture.AssertRefusedAsync(
            StatusCode.NotFound, "NOT_FOUND",
            async () => await node.Messages.ListMessagesAsync(new() { With = room }, bob.Metadata));
        Assert.DoesNotContain(
            room, (await node.Rooms.ListRoomsAsync(new(), bob.Metadata)).Rooms.Select(each => each.Name));
    }

    [Fact]
    [Trait("Promise", "2")]
    public async Task A_repeated_request_has_its_first_answer()
    {
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        var room = await alice.CreateRoomAsync("ops");
        var join = new ChangeRoomMemberRequest
        {
            RequestId = NodeFixture.RandomBytes(16),
            Room = room,
            Change = RoomMemberChange.Join,
        };
        await node.Rooms.ChangeRoomMemberAsync(join, bob.Metadata);
        await bob.InRoomAsync(room, RoomMemberChange.Leave);

        await node.Rooms.ChangeRoomMemberAsync(join, bob.Metadata);

        await NodeFixture.AssertRefusedAsync(
            StatusCode.PermissionDenied, "NOT_MEMBER",
            async () => await node.Rooms.ListRoomMembersAsync(new() { Room = room }, bob.Metadata));
        await NodeFixture.AssertRefusedAsync(
            StatusCode.PermissionDenied, "NOT_MEMBER", () => bob.SayAsync(1, room, "hello?"));
    }

    [Theory]
    [InlineData("#", 16, "NAME_INVALID")]
    [InlineData("##ops", 16, "NAME_INVALID")]
    [InlineData("has space", 16, "NAME_INVALID")]
    [InlineData("a-name-that-is-longer-than-32-chars", 16, "NAME_INVALID")]
    [InlineData("ops", 15, "ARGUMENT_INVALID")]
    [InlineData("ops", 0, "ARGUMENT_INVALID")]
    public async Task A_room_that_cannot_be_is_refused(string name, int requestIdBytes, string reason)
    {
        var alice = await node.LogInNewAsync("alice");
        await alice.CreateRoomAsync("first");
        var request = new CreateRoomRequest { Name = name, RequestId = NodeFixture.RandomBytes(requestIdBytes) };

        await NodeFixture.AssertRefusedAsync(
            StatusCode.InvalidArgument, reason, async () => await node.Rooms.CreateRoomAsync(request, alice.Metadata));
    }

    [Fact]
    public async Task A_topic_has_its_limit_and_the_rooms_list_its_pages()
    {
        var alice = await node.LogInNewAsync("alice");
        var prefix = node.NewName("paged");
        var rooms = new[] { await alice.CreateRoomAsync(prefix), await alice.CreateRoomAsync(prefix) };
        async Task ChangeAsync(string topic) => await node.Rooms.ChangeRoomAsync(
            new() { RequestId = NodeFixture.RandomBytes(16), Room = rooms[0], Topic = topic }, alice.Metadata);

        await ChangeAsync(new string('é', 256));
        await NodeFixture.AssertRefusedAsync(
            StatusCode.InvalidArgument, "ARGUMENT_INVALID", () => ChangeAsync(new string('é', 256) + "!"));

        var request = new ListRoomsRequest { Pattern = prefix + "*", PageSize = 1 };
        var first = await node.Rooms.ListRoomsAsync(request, alice.Metadata);
        request.PageToken = first.NextPageToken;
        var second = await node.Rooms.ListRoomsAsync(request, alice.Metadata);
        Assert.Equal(
            rooms.Order(StringComparer.Ordinal), first.Rooms.Concat(second.Rooms).Select(room => room.Name));
        Assert.Equal("", second.NextPageToken);
    }

    [Fact]
    [Trait("Promise", "4")]
    public async Task A_stream_opened_again_brings_the_news_and_nothing_that_its_client_has()
    {
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        var (busy, left) = (await alice.CreateRoomAsync("busy"), await alice.CreateRoomAsync("left"));
        await bob.InRoomAsync(busy, RoomMemberChange.Join);
        await bob.InRoomAsync(left, RoomMemberChange.Join);
        await alice.SayAsync(1, busy, "one");
        await alice.SayAsync(2, busy, "two");
        using var before = bob.Receive(1);
        var had = (await TestUser.ReadBacklogAsync(before))[^1].Message;
        await alice.InRoomAsync(left, RoomMemberChange.Remove, bob);
        await alice.SayAsync(3, busy, "three");

        using var again = bob.Receive(
            2, new ReceivedMark { Conversation = had.Conversation, Sequence = had.Sequence });

        Assert.Equal("two", had.Text);
        Assert.NotNull((await NextAsync(again)).RoomsChanged);
        Assert.Equal("three", (await NextAsync(again)).Message?.Text);
    }

    private static async Task<ReceiveMessagesResponse> NextAsync(
        AsyncServerStreamingCall<ReceiveMessagesResponse> stream)
    {
        while (await stream.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (stream.ResponseStream.Current is { Message: not null } or { RoomsChanged: not null })
            {
                return stream.ResponseStream.Current;
            }
        }

        Assert.Fail("the stream ended");
        return new();
    }
}
