using System.Text;

namespace Parley.Raft;

/// <summary>Why a leader did not append a membership; in this order of precedence.</summary>
internal enum MembershipRefusal
{
    /// <summary>It was appended.</summary>
    None = 0,

    /// <summary>This node does not lead.</summary>
    NotLeader = 1,

    /// <summary>Leadership is being handed over.</summary>
    HandingOver = 2,

    /// <summary>No entry of this leader's term is committed: an earlier leader's change could still count.</summary>
    NothingCommittedInTerm = 3,

    /// <summary>The change before it is not committed.</summary>
    EarlierUncommitted = 4,

    /// <summary>Not exactly one allowed change (<see cref="MembershipChange"/>), or no membership at all: ids ascending
    /// from 1, incarnations and addresses given, a voter in it.</summary>
    NotOneChange = 5,

    /// <summary>The learner that shall vote has not caught up.</summary>
    LearnerBehind = 6,

    /// <summary>Fewer than a majority of the new voters are there and have nearly all of the log, as acknowledged in
    /// this term.</summary>
    NoMajority = 7,

    /// <summary>The leader would be no voter any more: hand leadership over first.</summary>
    LeaderWouldLeave = 8,
}

/// <summary>
/// The one difference between two consecutive memberships: majorities of both then share a voter (dissertation §4.1).
/// Of one id: it is added as a learner, a learner becomes a voter, a voter a learner, either is removed, either is
/// replaced by a learner (another data directory under its id), or it moves to another address.
/// </summary>
/// <param name="Member">Whom it is about.</param>
/// <param name="IsPromotion">A learner becomes a voter.</param>
internal readonly record struct MembershipChange(NodeKey Member, bool IsPromotion)
{
    /// <summary>Null when it is not exactly one, or <paramref name="next"/> is malformed.</summary>
    public static MembershipChange? Find(Membership now, Membership next)
    {
        if (!IsWellFormed(next))
        {
            return null;
        }

        MembershipChange? found = null;
        foreach (var id in now.Members.Concat(next.Members).Select(member => member.Id).Distinct())
        {
            var before = now.Members.FirstOrDefault(member => member.Id == id);
            var after = next.Members.FirstOrDefault(member => member.Id == id);
            if (before == after)
            {
                continue;
            }

            var isNewVoter = after is { IsVoter: true } && before is not { IsVoter: true };
            var isOther = before?.Key != after?.Key;
            if (found is not null || (isOther && after is { IsVoter: true }))
            {
                return null;
            }

            found = new MembershipChange(after?.Key ?? before!.Key, isNewVoter);
        }

        return found;
    }

    private static bool IsWellFormed(Membership membership)
    {
        var last = 0;
        foreach (var member in membership.Members)
        {
            if (member.Id.Value <= last || member.Incarnation == 0 || member.Address.Length == 0
                || Encoding.UTF8.GetByteCount(member.Address) > MembershipCodec.AddressBytesMax)
            {
                return false;
            }

            last = member.Id.Value;
        }

        return membership.Members.Count <= MembershipCodec.MembersMax
            && membership.Members.Any(member => member.IsVoter);
    }
}
