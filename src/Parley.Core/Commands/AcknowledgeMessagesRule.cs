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
            if (conversation is { } found && mark.Sequence > found.Delivered(session.Account))
            {
                facts.MoveMark(mark.Conversation, session.Account, mark.Sequence, stamp.TimeUs);
            }
        }

        return Outcome.Done.Instance;
    }

    private static Rejection Refuse(AcknowledgeMessages command, long account, IChatFacts facts)
    {
        var refusal = Rejection.None;
        foreach (var mark in command.Marks)
        {
            if (facts.FindConversation(mark.Conversation) is not { } conversation || !conversation.HasMember(account))
            {
                return Rejection.NotFound;
            }

            if (mark.Sequence > conversation.HeadSequence)
            {
                refusal = Rejection.BeyondHead;
            }
        }

        return refusal;
    }
}
