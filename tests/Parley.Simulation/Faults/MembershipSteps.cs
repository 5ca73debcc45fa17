using Parley.Raft;

namespace Parley.Simulation.Faults;

/// <summary>How an operator gets from the members there are to those that are wanted.</summary>
internal static class MembershipSteps
{
    /// <summary>All single changes that lead towards it; none when exactly these are voters and nobody else is there.
    /// </summary>
    public static List<Membership> Towards(Membership now, IReadOnlyList<NodeKey> wanted)
    {
        var changes = new List<Membership>();
        foreach (var member in now.Members.Where(member => wanted.All(key => key.Id != member.Id)))
        {
            changes.Add(With(now, member.Id, null));
            if (member.IsVoter)
            {
                changes.Add(With(now, member.Id, member with { IsVoter = false }));
            }
        }

        foreach (var key in wanted)
        {
            var member = now.Members.FirstOrDefault(member => member.Key == key);
            if (member is null)
            {
                changes.Add(With(now, key.Id, new Member(key.Id, false, key.Incarnation, $"node{key.Id.Value}:7000")));
            }
            else if (!member.IsVoter)
            {
                changes.Add(With(now, key.Id, member with { IsVoter = true }));
            }
        }

        return changes;
    }

    /// <summary>The same with another member of this id, or without one.</summary>
    public static Membership With(Membership now, NodeId id, Member? member)
    {
        var others = now.Members.Where(other => other.Id != id);
        return new Membership
        {
            Members = [.. (member is null ? others : others.Append(member)).OrderBy(other => other.Id)],
        };
    }
}
