using System.Text;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Edits a message (its author), or leaves a tombstone of it (its author, in a room also a moderator above the
/// author), if who asks may read it now.</summary>
/// <remarks>
/// A tombstone is the end: nothing edits it, and to delete it again changes nothing. Who is muted says nothing more by
/// editing, but takes back what was said.
/// </remarks>
internal static class ChangeMessageRule
{
    public static Outcome Decide(ChangeMessage command, EntryStamp stamp, IChatFacts facts) => RoomRequests.Once(
        command.Session, command.RequestId, stamp, facts,
        account => (command.Conversation, Change(command, account, stamp, facts)));

    private static Rejection Change(ChangeMessage command, long caller, in EntryStamp stamp, IChatFacts facts)
    {
        if (facts.FindConversation(command.Conversation) is not { } conversation)
        {
            return Rejection.NotFound;
        }

        RoomFacts? room = null;
        RoomMemberFacts? member = null;
        if (conversation.IsRoom)
        {
            var refusal = RoomAuthority.Enter(conversation.Number, caller, facts, out room, out member);
            if (refusal != Rejection.None)
            {
                return refusal;
            }
        }
        else if (!conversation.HasMember(caller))
        {
            return Rejection.NotFound;
        }

        if (command.Sequence < (member?.FirstSequence ?? 1)
            || facts.FindMessage(conversation.Number, command.Sequence) is not { } message)
        {
            return Rejection.NotFound;
        }

        return command.Change switch
        {
            MessageChange.Delete => Delete(message, caller, room, member, stamp, facts),
            MessageChange.Edit => Edit(message, command.Text, caller, member, stamp, facts),
            _ => throw new InvariantBrokenException("every known change has a rule"),
        };
    }

    private static Rejection Delete(
        in MessageFacts message,
        long caller,
        RoomFacts? room,
        RoomMemberFacts? member,
        in EntryStamp stamp,
        IChatFacts facts)
    {
        if (message.Author != caller)
        {
            if (room is null || member is null)
            {
                return Rejection.NotAuthor;
            }

            if (!RoomAuthority.IsModerator(member)
                || RankOfAuthor(message, room, facts) >= RoomAuthority.Rank(room, member))
            {
                return Rejection.RoomRoleNeeded;
            }
        }

        if (!message.IsDeleted)
        {
            facts.EraseMessage(message, caller, stamp);
        }

        return Rejection.None;
    }

    private static Rejection Edit(
        in MessageFacts message,
        string text,
        long caller,
        RoomMemberFacts? member,
        in EntryStamp stamp,
        IChatFacts facts)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        Invariant.Holds(bytes is > 0 and <= Limits.TextBytesMax);
        if (message.Author != caller)
        {
            return Rejection.NotAuthor;
        }

        if (member is { IsMuted: true })
        {
            return Rejection.Muted;
        }

        if (message.IsDeleted)
        {
            return Rejection.MessageDeleted;
        }

        // A small message that waits must not become a large one past the bound of what may wait.
        var growth = bytes - message.TextBytes;
        if (growth > 0 && facts.FindWaitingRecipient(message) is var recipient and not 0
            && facts.GetInbox(recipient).Bytes + growth > facts.Settings.UndeliveredBytesOrDefault)
        {
            return Rejection.InboxFull;
        }

        facts.EditMessage(message, text, stamp);
        return Rejection.None;
    }

    /// <summary>Who has left stands below everybody inside.</summary>
    private static int RankOfAuthor(in MessageFacts message, RoomFacts room, IChatFacts facts) =>
        facts.FindRoomMember(room.Number, message.Author) is { } author ? RoomAuthority.Rank(room, author) : 0;
}
