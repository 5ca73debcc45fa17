using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Moves the caller's read marks: all of a command's marks, or none.</summary>
internal static class MarkReadRule
{
    public static Outcome Decide(MarkRead command, IChatFacts facts)
    {
        Invariant.Holds(command.Marks.Count <= Limits.AcknowledgementsMax);
        if (facts.FindLiveSession(command.Session) is not { } session)
        {
            return new Outcome.Rejected(Rejection.SessionEnded);
        }

        var refusal = Rejection.None;
        foreach (var mark in command.Marks)
        {
            if (Refuse(mark, session.Account, facts) is var found and not Rejection.None)
            {
                refusal = refusal == Rejection.NotFound ? refusal : found;
            }
        }

        if (refusal != Rejection.None)
        {
            return new Outcome.Rejected(refusal);
        }

        foreach (var mark in command.Marks)
        {
            // Read again for each mark: the same conversation may come twice.
            if (FindDelivered(mark.Conversation, session.Account, facts) is not null)
            {
                Move(mark, session.Account, command.Quiet, facts);
            }
        }

        return Outcome.Done.Instance;
    }

    private static void Move(ConversationMark mark, long account, bool quiet, IChatFacts facts)
    {
        var (sequence, told) = facts.GetReadMark(mark.Conversation, account);
        var moved = new ReadMarkFacts(
            Math.Max(sequence, mark.Sequence), quiet ? told : Math.Max(told, mark.Sequence));
        if (moved.Sequence > sequence || moved.Told > told)
        {
            facts.MoveReadMark(mark.Conversation, account, moved);
        }
    }

    private static Rejection Refuse(ConversationMark mark, long account, IChatFacts facts)
    {
        if (facts.FindConversation(mark.Conversation) is not { } conversation
            || (!conversation.IsRoom && !conversation.HasMember(account)))
        {
            return Rejection.NotFound;
        }

        // Who left a room, or was removed, may still say what was read before: it means nothing.
        return mark.Sequence > (FindDelivered(mark.Conversation, account, facts) ?? mark.Sequence)
            ? Rejection.NotDelivered
            : Rejection.None;
    }

    /// <summary>The account's delivered mark; null in a room that it is not in.</summary>
    private static long? FindDelivered(long conversation, long account, IChatFacts facts)
    {
        if (facts.FindConversation(conversation) is { IsRoom: false } direct)
        {
            return direct.Delivered(account);
        }

        return facts.FindRoomMember(conversation, account) is { IsInside: true } member ? member.Delivered : null;
    }
}
