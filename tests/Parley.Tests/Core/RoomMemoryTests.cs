using Parley.Core.Facts;
using Parley.Core.Storage;

namespace Parley.Tests.Core;

/// <summary>Whose people stay in memory when there are more rooms than fit.</summary>
public sealed class RoomMemoryTests : IDisposable
{
    private const int MembersMax = 40;
    private const int Members = 10;

    private readonly Database database = Database.OpenInMemory();

    public void Dispose() => database.Dispose();

    [Fact]
    public void The_people_of_a_busy_room_are_read_once_however_many_rooms_are_talked_in_beside_it()
    {
        Schema.Create(database);
        var facts = new SqliteChatFacts(database, MembersMax);
        var busy = AddRoom(facts, "busy");
        var quiet = Enumerable.Range(0, 20).Select(number => AddRoom(facts, $"quiet-{number}")).ToArray();
        Talk(facts, busy);
        var before = facts.RoomsRead;

        foreach (var room in quiet)
        {
            Talk(facts, busy, room);
        }

        Assert.Equal(quiet.Length, facts.RoomsRead - before);
        Assert.Equal(Members, facts.GetRoomMembers(quiet[0]).Count);
        Assert.Equal(StoredDigest.Scan(database), facts.Digest);
    }

    private static long AddRoom(SqliteChatFacts facts, string name)
    {
        facts.Begin();
        var room = facts.AddRoom(name, isByInvitation: false, "", owner: 1, nowUs: 1).Number;
        for (var account = 1; account <= Members; account++)
        {
            facts.PutRoomMember(new RoomMemberFacts(room, account, RoomStanding.Member));
        }

        facts.Commit();
        return room;
    }

    /// <summary>A batch that asks for one of each room's people.</summary>
    private static void Talk(SqliteChatFacts facts, params long[] rooms)
    {
        facts.Begin();
        foreach (var room in rooms)
        {
            Assert.NotNull(facts.FindRoomMember(room, 1));
        }

        facts.Commit();
    }
}
