namespace Parley.Core.Facts;

/// <summary>The part of <see cref="IChatFacts"/> that is about rooms.</summary>
/// <remarks>Times are log time, microseconds since 1970-01-01T00:00:00Z.</remarks>
internal interface IRoomFacts
{
    RoomFacts? FindRoom(long room);

    RoomFacts? FindRoom(string name);

    int CountRooms();

    /// <summary>Rooms the account is in.</summary>
    int CountRooms(long account);

    /// <summary>Rooms the account has a place in, or is muted in, or barred from; by number.</summary>
    IReadOnlyList<long> GetRooms(long account);

    /// <summary>Gives the next conversation number; nobody is in it yet.</summary>
    RoomFacts AddRoom(string name, bool isByInvitation, string topic, long owner, long nowUs);

    /// <summary>Topic, owner, retention.</summary>
    void ChangeRoom(RoomFacts room);

    /// <summary>Ends it: what was said in it may be dropped from now on, and with that its conversation.</summary>
    void CloseRoom(long room);

    RoomMemberFacts? FindRoomMember(long room, long account);

    /// <summary>In no particular order, those outside included.</summary>
    IReadOnlyCollection<RoomMemberFacts> GetRoomMembers(long room);

    /// <summary>Adds or replaces what the account is to the room.</summary>
    void PutRoomMember(RoomMemberFacts member);

    /// <summary>The account is nothing to the room any more.</summary>
    void ForgetRoomMember(long room, long account);

    RoomRequest? FindRoomRequest(long account, UInt128 requestId);

    /// <summary>The account's oldest goes when there are too many.</summary>
    void RememberRoomRequest(in RoomRequest request);

    /// <summary>Takes the client's next counter and the room's next sequence.</summary>
    Outcome.MessageStored AppendRoomMessage(
        in SendIdentity identity, long sender, long room, string text, in EntryStamp stamp);

    /// <summary>Moves a member's delivered mark forward.</summary>
    void MoveRoomMark(long room, long account, long sequence);

    /// <summary>What was stored up to this time may be dropped from a room, as the room is now (or was: all).</summary>
    long GetRoomRetention(long room, long nowUs);

    /// <summary>Forgets request ids that are older; at most so many.</summary>
    void ForgetRoomRequests(long untilUs, int rowsMax);
}
