using Parley.Raft;

namespace Parley.Server.Nodes;

/// <summary>What shall become of a member; sent: numbers are never reused.</summary>
internal enum MemberAct
{
    None = 0,

    /// <summary>An empty node is taken in, as a learner.</summary>
    Add = 1,

    /// <summary>An empty node takes the place of the one that had its id, as a learner.</summary>
    Replace = 2,

    /// <summary>A learner that has caught up becomes a voter.</summary>
    Promote = 3,

    /// <summary>A member leaves.</summary>
    Remove = 4,

    /// <summary>A voter is handed leadership.</summary>
    Lead = 5,

    /// <summary>A member's process stops, to be started again by whoever watches over it.</summary>
    Restart = 6,
}

/// <summary>One change of members that somebody wishes.</summary>
/// <param name="Id">The member's id.</param>
/// <param name="Act">What shall become of it.</param>
/// <param name="Address">HOST:PORT of its node listener, for <see cref="MemberAct.Add"/>; for
/// <see cref="MemberAct.Replace"/> empty means where its predecessor was.</param>
internal sealed record MemberWish(NodeId Id, MemberAct Act, string Address)
{
    /// <summary>Why it cannot be, where the cluster's members are not as it takes them to be.</summary>
    public string Fault => Act switch
    {
        MemberAct.Add => $"node {Id.Value} is a member with another data directory: replace it",
        MemberAct.Replace or MemberAct.Promote => $"node {Id.Value} is no member: add it",
        MemberAct.Remove => "no voter would be left",
        MemberAct.Restart => $"node {Id.Value} is no member",
        MemberAct.Lead => $"node {Id.Value} does not vote, or is not up to date: it cannot lead",
        _ => "one of add, replace, promote, remove, lead and restart expected",
    };

    /// <summary>The membership in which it has come true; the same where it has already; null where it cannot any more:
    /// the member is gone, or another data directory has its id.</summary>
    /// <param name="now">The newest.</param>
    /// <param name="newcomer">The learner to be, for <see cref="MemberAct.Add"/> and <see cref="MemberAct.Replace"/>.
    /// </param>
    public Membership? In(Membership now, Member? newcomer)
    {
        var member = Find(now);
        var isThere = newcomer is not null && member?.Key == newcomer.Key;
        var cannotBe = Act switch
        {
            MemberAct.Add => member is not null && !isThere,
            MemberAct.Replace or MemberAct.Promote => member is null,
            MemberAct.Remove => false,
            _ => true,
        };
        if (cannotBe)
        {
            return null;
        }

        var next = Act switch
        {
            MemberAct.Add or MemberAct.Replace when isThere => Address.Length > 0
                ? member! with { Address = Address }
                : member,
            MemberAct.Add or MemberAct.Replace => newcomer,
            MemberAct.Promote => member! with { IsVoter = true },
            _ => null,
        };
        var others = now.Members.Where(other => other.Id != Id);
        return new Membership
        {
            Members = [.. (next is null ? others : others.Append(next)).OrderBy(other => other.Id)],
        };
    }

    public Member? Find(Membership now) => now.Members.FirstOrDefault(member => member.Id == Id);
}

/// <summary>What became of a wish.</summary>
/// <param name="IsDone">It is so, and committed.</param>
/// <param name="IsForLater">Not yet: ask again in a moment.</param>
/// <param name="Reason">Why not: one sentence; empty when it is done.</param>
internal sealed record MemberAnswer(bool IsDone, bool IsForLater, string Reason)
{
    public static readonly MemberAnswer Done = new(true, false, "");

    public static MemberAnswer Later(string reason) => new(false, true, reason);

    public static MemberAnswer Refused(string reason) => new(false, false, reason);
}
