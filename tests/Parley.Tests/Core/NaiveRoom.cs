using Parley.Core.Facts;

namespace Parley.Tests.Core;

/// <summary>A room of the naive model.</summary>
internal sealed class NaiveRoom(string name, bool byInvitation, NaiveConversation talk)
{
    public string Name { get; } = name;

    public bool ByInvitation { get; } = byInvitation;

    public NaiveConversation Talk { get; } = talk;

    public string Topic { get; set; } = "";

    public int Days { get; set; }

    public long Owner { get; set; }

    public bool IsClosed { get; set; }

    public Dictionary<long, NaivePlace> People { get; } = [];
}

/// <summary>What somebody is to a room of the naive model.</summary>
internal sealed class NaivePlace
{
    public RoomStanding Standing { get; set; }

    public bool Muted { get; set; }

    public bool Barred { get; set; }

    public long Since { get; set; }

    public long First { get; set; }

    public long Delivered { get; set; }

    public (long Sequence, long Told)? Read { get; set; }

    public bool IsInside => Standing is RoomStanding.Member or RoomStanding.Moderator;
}
