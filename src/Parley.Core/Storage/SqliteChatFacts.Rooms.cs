using System.Buffers.Binary;
using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Rooms (all in memory), their messages, and the requests about them.</content>
/// <remarks>A room's conversation is a row of <c>conversations</c> without members: <c>low_account</c> is 0, and
/// <c>high_account</c> the negative number, as pairs are unique. Everything it stores counts as settled at once.
/// </remarks>
internal sealed partial class SqliteChatFacts
{
    private readonly Dictionary<long, RoomRow> rooms = [];
    private readonly Dictionary<string, RoomRow> roomsByName = new(StringComparer.Ordinal);
    private readonly Dictionary<long, List<RoomRequest>> roomRequests = [];

    public IEnumerable<RoomFacts> Rooms => roomsByName.Values.Select(row => row.Facts);

    private Statement InsertRoom => field ??= database.Prepare(
        """
        INSERT INTO rooms (number, name, by_invitation, topic, owner, members, retention_days)
        VALUES ($number, $name, $by_invitation, $topic, $owner, $members, $retention_days)
        """,
        Schema.Rooms);

    private Statement UpdateRoom => field ??= database.Prepare(
        """
        UPDATE rooms
        SET topic = $topic, owner = $owner, members = $members, retention_days = $retention_days
        WHERE number = $number
        """,
        Schema.Rooms);

    private Statement DeleteRoom => field ??= database.Prepare("DELETE FROM rooms WHERE number = $number");

    private Statement DeleteConversation => field ??= database.Prepare(
        "DELETE FROM conversations WHERE number = $number");

    private Statement InsertRoomRequest => field ??= database.Prepare(
        """
        INSERT INTO room_requests (number, account, request_id, refusal, room, asked_at_us)
        VALUES ($number, $account, $request_id, $refusal, $room, $asked_at_us)
        """,
        Schema.RoomRequests);

    private Statement SelectRoomRequest => field ??= database.Prepare(
        """
        SELECT number, account, request_id, refusal, room, asked_at_us FROM room_requests WHERE number = $number
        """);

    private Statement DeleteRoomRequest => field ??= database.Prepare(
        "DELETE FROM room_requests WHERE number = $number");

    public RoomFacts? FindRoom(long room) => rooms.GetValueOrDefault(room)?.Facts;

    public RoomFacts? FindRoom(string name) => roomsByName.GetValueOrDefault(name)?.Facts;

    public int CountRooms() => rooms.Count;

    public RoomFacts AddRoom(string name, bool isByInvitation, string topic, long owner, long nowUs)
    {
        var number = nextConversation++;
        var conversation = new ConversationRow
        {
            Number = number,
            LowAccount = 0,
            HighAccount = -number,
            SettledAtUs = nowUs,
        };
        Cache(conversation);
        Touch(conversation, ConversationParts.Rest);
        var row = new RoomRow
        {
            Facts = new RoomFacts(number, name, isByInvitation, owner) { Topic = topic },
            Members = [],
        };
        rooms.Add(number, row);
        roomsByName.Add(name, row);
        Changed(row);
        return row.Facts;
    }

    public void ChangeRoom(RoomFacts room)
    {
        var row = rooms[room.Number];
        row.Facts = row.Facts with { Topic = room.Topic, Owner = room.Owner, RetentionDays = room.RetentionDays };
        Changed(row);
        foreach (var member in LoadMembers(row).Values)
        {
            TellOfRoom(member.Facts);
        }
    }

    public void CloseRoom(long room)
    {
        var row = rooms[room];
        foreach (var account in LoadMembers(row).Keys.ToArray())
        {
            ForgetRoomMember(room, account);
        }

        Invariant.Holds(row.Facts.Members == 0);
        roomsByName.Remove(row.Facts.Name);
        rooms.Remove(room);
        DeleteRoom.Start().With(room).Run();
        Drop(row);
        News.Rooms.Add(room);
        ForgetIfEmpty(LoadConversation(room) ?? throw new InvariantBrokenException("a room has a conversation"));
    }

    public Outcome.MessageStored AppendRoomMessage(
        in SendIdentity identity, long sender, long room, string text, in EntryStamp stamp)
    {
        var row = LoadConversation(room) ?? throw new InvariantBrokenException("a room has a conversation");
        var stored = Append(identity, sender, row, text, stamp);
        Settle(row, row.HeadSequence, stamp.TimeUs);
        News.RoomsWithMessages.Add(room);
        return stored;
    }

    public long GetRoomRetention(long room, long nowUs) => rooms.TryGetValue(room, out var row)
        ? Settings.RoomSettledUntilUs(row.Facts.RetentionDays, nowUs)
        : nowUs;

    public RoomRequest? FindRoomRequest(long account, UInt128 requestId)
    {
        foreach (var request in roomRequests.GetValueOrDefault(account) ?? [])
        {
            if (request.RequestId == requestId)
            {
                return request;
            }
        }

        return null;
    }

    public void RememberRoomRequest(in RoomRequest request)
    {
        if (!roomRequests.TryGetValue(request.Account, out var known))
        {
            roomRequests.Add(request.Account, known = []);
        }

        var requestsMax = StateVersion >= StateVersions.ChangedMessages
            ? Limits.ChangeRequestsMax
            : Limits.RoomRequestsMax;
        if (known.Count == requestsMax)
        {
            Forget(known[0]);
        }

        known.Add(request);
        Span<byte> requestId = stackalloc byte[Bytes16.Size];
        BinaryPrimitives.WriteUInt128BigEndian(requestId, request.RequestId);
        digest += writer.Start(Schema.RoomRequests, InsertRoomRequest)
            .Add(request.LogIndex).Add(request.Account).AddBlob(requestId).Add((long)request.Refusal)
            .Add(request.Room).Add(request.AskedAtUs).Write();
    }

    public void ForgetRoomRequests(long untilUs, int rowsMax)
    {
        var requests = roomRequests.Values.SelectMany(known => known).Where(request => request.AskedAtUs <= untilUs)
            .OrderBy(request => request.LogIndex).Take(rowsMax).ToArray();
        foreach (var request in requests)
        {
            Forget(request);
        }
    }

    /// <summary>Those inside hear of the batch's messages once, whatever their number.</summary>
    private void AnnounceRooms()
    {
        foreach (var number in News.RoomsWithMessages)
        {
            // It may have closed since, and all it held be dropped: a batch can span days.
            if (!rooms.TryGetValue(number, out var room) || LoadConversation(number) is not { } conversation)
            {
                continue;
            }

            foreach (var member in LoadMembers(room).Values)
            {
                if (member.Facts.IsInside && member.Facts.Delivered < conversation.HeadSequence)
                {
                    Announce(member.Facts.Account, number, conversation.HeadPosition);
                }
            }
        }
    }

    /// <summary>A closed room's conversation goes with its last message.</summary>
    private void ForgetIfEmpty(ConversationRow row)
    {
        if (row.IsRoom && !rooms.ContainsKey(row.Number) && row.FirstKept > row.HeadSequence)
        {
            DeleteConversation.Start().With(row.Number).Run();
            Drop(row);
            conversations.Remove(row.Number);
            conversationsByPair.Remove((row.LowAccount, row.HighAccount));
        }
    }

    private void Forget(in RoomRequest request)
    {
        var select = SelectRoomRequest.Start().With(request.LogIndex);
        Invariant.Holds(select.Step());
        digest -= rowHash.OfRow(Schema.RoomRequests, select);
        select.End();
        DeleteRoomRequest.Start().With(request.LogIndex).Run();
        var known = roomRequests[request.Account];
        known.Remove(request);
        if (known.Count == 0)
        {
            roomRequests.Remove(request.Account);
        }
    }

    private void Changed(RoomRow row)
    {
        Touch(row);
        News.Rooms.Add(row.Facts.Number);
    }

    private UInt128 WriteRoom(RoomRow row) =>
        writer.Start(Schema.Rooms, row.IsStored ? UpdateRoom : InsertRoom)
            .Add(row.Facts.Number).AddText(row.Facts.Name).Add(row.Facts.IsByInvitation ? 1 : 0)
            .AddText(row.Facts.Topic).Add(row.Facts.Owner).Add(row.Facts.Members).Add(row.Facts.RetentionDays).Write();

    private void LoadRooms()
    {
        var read = database.Prepare(
            """
            SELECT number, name, by_invitation, topic, owner, members, retention_days FROM rooms ORDER BY number
            """).Start();
        while (read.Step())
        {
            var row = new RoomRow
            {
                Facts = new RoomFacts(read.Int64(0), read.Text(1), read.Int64(2) != 0, read.Int64(4))
                {
                    Topic = read.Text(3),
                    Members = read.Int32(5),
                    RetentionDays = read.Int32(6),
                },
                StoredHash = rowHash.OfRow(Schema.Rooms, read),
                IsStored = true,
            };
            rooms.Add(row.Facts.Number, row);
            roomsByName.Add(row.Facts.Name, row);
        }
    }

    private void LoadRoomRequests()
    {
        var read = database.Prepare(
            """
            SELECT number, account, request_id, refusal, room, asked_at_us FROM room_requests ORDER BY number
            """).Start();
        while (read.Step())
        {
            var request = new RoomRequest(
                read.Int64(0), read.Int64(1), Bytes16.From(read.Bytes(2)), (Rejection)read.Int32(3), read.Int64(4),
                read.Int64(5));
            if (!roomRequests.TryGetValue(request.Account, out var known))
            {
                roomRequests.Add(request.Account, known = []);
            }

            known.Add(request);
        }
    }
}
