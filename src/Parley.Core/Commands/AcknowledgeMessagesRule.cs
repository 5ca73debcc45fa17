using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Moves the caller's delivered marks: all of a command's marks, or none.</summary>
internal static class AcknowledgeMessagesRule
{
    public static Outcome Decide(AcknowledgeMessages command, in EntryStamp stamp, IChatFacts facts)
    {
        Invariant.Holds(command.Marks.Count <= Limits.AcknowledgementsMax);
        if (facts.FindLiveSession(command.Session) is not { } session)
        {
            return new Outcome.Rejected(Rejection.SessionEnded);
        }

        var refusal = Refuse(command, session.Account, facts);
        if (refusal != Rejection.None)
        {
            return new Outcome.Rejected(refusal);
        }

        foreach (var mark in command.Marks)
        {
            // Read again for each mark: the same conversation may come twice.
            var conversation = facts.FindConversation(mark.Conversation);
            if (conversation is { IsRoom: true })
            {
                MoveInRoom(mark, session.Account, facts);
            }
            else if (conversation is { } found && mark.Sequence > found.Delivered(session.Account))
            {
                facts.MoveMark(mark.Conversation, session.Account, mark.Sequence, stamp.TimeUs);
            }
        }

        return Outcome.Done.Instance;
    }

    /// <summary>Who left a room, or was removed, may still acknowledge what came before: it means nothing, and must not
    /// keep the command's other marks from moving.</summary>
    private static void MoveInRoom(ConversationMark mark, long account, IChatFacts facts)
    {
        if (facts.FindRoomMember(mark.Conversation, account) is { IsInside: true } member
            && mark.Sequence > member.Delivered)
        {
            facts.MoveRoomMark(mark.Conversation, account, mark.Sequence);
        }
    }

    private static Rejection Refuse(AcknowledgeMessages command, long account, IChatFacts facts)
    {
        var refusal = Rejection.None;
        foreach (var mark in command.Marks)
        {
            if (facts.FindConversation(mark.Conversation) is not { } conversation
                || (!conversation.IsRoom && !conversation.HasMember(account)))
            {
                return Rejection.NotFound;
            }

            // A head is nobody's business who is not inside.
            if (mark.Sequence > conversation.HeadSequence
                && (!conversation.IsRoom
                    || facts.FindRoomMember(mark.Conversation, account) is { IsInside: true }))
            {
                refusal = Rejection.BeyondHead;
            }
        }

        return refusal;
    }
}
