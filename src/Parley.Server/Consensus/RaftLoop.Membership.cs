using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>Changes of members that this node was asked for as leader.</summary>
internal sealed partial class RaftLoop
{
    private readonly List<(Term Term, TaskCompletionSource<MembershipRefusal> Answer)> changes = [];

    private void ChangeMembers(LoopInput.ChangeMembers asked)
    {
        var now = core.Membership;
        if (asked.Next(now) is not { } next)
        {
            asked.Answer.TrySetResult(MembershipRefusal.NotOneChange);
            return;
        }

        var refusal = core.Role == RaftRole.Leader && next.Members.SequenceEqual(now.Members)
            ? MembershipRefusal.None
            : core.ProposeMembership(next, clock.NowUs(now.Members, core.LastTimeUs));
        if (refusal != MembershipRefusal.None)
        {
            asked.Answer.TrySetResult(refusal);
            return;
        }

        changes.Add((core.Term, asked.Answer));
    }

    /// <summary>A change is made when it is committed; what becomes of it under another leader, nobody knows here.
    /// </summary>
    private void TellChanges()
    {
        for (var at = changes.Count - 1; at >= 0; at--)
        {
            var isOver = core.Role != RaftRole.Leader || core.Term != changes[at].Term;
            if (isOver || core.IsMembershipCommitted)
            {
                changes[at].Answer.TrySetResult(isOver ? MembershipRefusal.NotLeader : MembershipRefusal.None);
                changes.RemoveAt(at);
            }
        }
    }
}
