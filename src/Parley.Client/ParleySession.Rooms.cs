using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Google.Protobuf;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <content>Rooms. Send to one, and read it, by its name with the '#'.</content>
public sealed partial class ParleySession
{
    /// <summary>Makes a room, with the caller as its owner; returns its name with the '#'.</summary>
    /// <param name="name">1 to 32 of a-z, 0-9, '.', '_', '-', with or without a '#' before.</param>
    /// <param name="byInvitation">Only who is invited may join and sees the room. For ever.</param>
    /// <param name="topic">At most 512 bytes.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task<string> CreateRoomAsync(
        string name, bool byInvitation, string topic, CancellationToken cancellationToken)
    {
        var request = new CreateRoomRequest
        {
            RequestId = NewRequestId(),
            Name = name,
            ByInvitation = byInvitation,
            Topic = topic,
        };
        var made = await walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Rooms.CreateRoomAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "making the room", changes: true, cancellationToken, Repeat.Remembered);
        return made.Name;
    }

    /// <summary>Changes a room's topic or retention; null leaves it.</summary>
    /// <param name="room">Its name.</param>
    /// <param name="topic">At most 512 bytes; for moderators.</param>
    /// <param name="retentionDays">1 to 36,500, 0 for what the cluster's settings say; for the owner.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task ChangeRoomAsync(string room, string? topic, int? retentionDays, CancellationToken cancellationToken)
    {
        var request = new ChangeRoomRequest { RequestId = NewRequestId(), Room = room };
        if (topic is not null)
        {
            request.Topic = topic;
        }

        if (retentionDays is { } days)
        {
            request.RetentionDays = days;
        }

        return walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Rooms.ChangeRoomAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "changing the room", changes: true, cancellationToken, Repeat.Remembered);
    }

    /// <summary>Joins, leaves, invites, removes, mutes, appoints.</summary>
    /// <param name="room">The room's name.</param>
    /// <param name="act">What.</param>
    /// <param name="account">About whom; null with <see cref="RoomAct.Join"/> and <see cref="RoomAct.Leave"/>.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task ChangeRoomMemberAsync(
        string room, RoomAct act, string? account, CancellationToken cancellationToken)
    {
        var request = new ChangeRoomMemberRequest
        {
            RequestId = NewRequestId(),
            Room = room,
            Account = account ?? "",
            Change = (RoomMemberChange)act,
        };
        return walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Rooms.ChangeRoomMemberAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "changing the room's members", changes: true, cancellationToken, Repeat.Remembered);
    }

    /// <summary>The rooms the caller may see that match (* and ?; empty: all), by name.</summary>
    public async IAsyncEnumerable<RoomEntry> ListRoomsAsync(
        string pattern, bool onlyOwn, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListRoomsRequest { Pattern = pattern, OnlyOwn = onlyOwn, PageSize = Limits.PageSize };
        do
        {
            var page = await walker.CallAsync(
                (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                    node.Rooms.ListRoomsAsync(request, Options(deadline, true, cancellation)),
                    walker.Nodes, node, answer => answer.LogIndex),
                "listing rooms", changes: false, cancellationToken);
            foreach (var room in page.Rooms)
            {
                yield return ToEntry(room);
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>Who has to do with a room, by name; for who is in it.</summary>
    public async IAsyncEnumerable<RoomPerson> ListRoomMembersAsync(
        string room, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListRoomMembersRequest { Room = room, PageSize = Limits.PageSize };
        do
        {
            var page = await walker.CallAsync(
                (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                    node.Rooms.ListRoomMembersAsync(request, Options(deadline, true, cancellation)),
                    walker.Nodes, node, answer => answer.LogIndex),
                "listing the room's members", changes: false, cancellationToken);
            foreach (var member in page.Members)
            {
                yield return new RoomPerson(
                    member.Name, (RoomPlace)member.Standing, member.Muted, member.Barred, member.DeliveredSequence)
                {
                    ReadSequence = member.ReadSequence,
                };
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    private static RoomEntry ToEntry(Room room) => new()
    {
        Name = room.Name,
        Conversation = room.Conversation,
        ByInvitation = room.ByInvitation,
        Topic = room.Topic,
        Owner = room.Owner,
        Members = room.Members,
        RetentionDays = room.RetentionDays,
        Undelivered = room.HeadSequence - room.DeliveredSequence,
        Place = (RoomPlace)room.Standing,
        Muted = room.Muted,
    };

    internal static ByteString NewRequestId() =>
        ByteString.CopyFrom(RandomNumberGenerator.GetBytes(MessageId.Bytes));
}
