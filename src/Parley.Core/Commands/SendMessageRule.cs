using System.Text;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Stores a message once, in order, or says why not.</summary>
/// <remarks>
/// Session first: it takes no counter. Then the id: a remembered one gets its first outcome. From the recipient on
/// a refusal is about the content, takes the counter and is remembered.
/// </remarks>
internal static class SendMessageRule
{
    public static Outcome Decide(SendMessage command, in EntryStamp stamp, IChatFacts facts)
    {
        if (facts.FindLiveSession(command.Session) is not { } session)
        {
            return new Outcome.Rejected(Rejection.SessionEnded);
        }

        // Any session of the account may settle what an earlier one left in its outbox.
        if (facts.FindClient(command.Client) is not { } client || client.Account != session.Account)
        {
            return new Outcome.Rejected(Rejection.ClientForgotten);
        }

        var identity = new SendIdentity(
            command.Client, command.Counter, Bytes16.From(command.ContentHash.Span));
        if (command.Counter != client.LastCounter + 1)
        {
            return Repeat(identity, client, facts);
        }

        var target = new MessageTarget(command.Recipient, command.Room);
        var refusal = Refuse(target, session.Account, command.Text, facts);
        if (refusal != Rejection.None)
        {
            facts.RememberRejection(identity, refusal);
            return new Outcome.Rejected(refusal);
        }

        return Store(identity, target, session.Account, command.Text, stamp, facts);
    }

    /// <summary>Why this text of this account does not go there; none when it may.</summary>
    public static Rejection Refuse(in MessageTarget target, long sender, string text, IChatFacts facts) =>
        target.Room != 0
            ? RefuseInRoom(target.Room, sender, text, facts)
            : RefuseDirect(target.Recipient, sender, text, facts);

    /// <summary>Stores what was not refused, under the next counter of a client.</summary>
    public static Outcome Store(
        in SendIdentity identity, in MessageTarget target, long sender, string text, in EntryStamp stamp,
        IChatFacts facts)
    {
        if (target.Room != 0)
        {
            return facts.AppendRoomMessage(identity, sender, target.Room, text, stamp);
        }

        var conversation = facts.FindConversation(sender, target.Recipient)
            ?? facts.AddConversation(sender, target.Recipient, stamp.TimeUs);
        return facts.AppendMessage(identity, sender, target.Recipient, conversation.Number, text, stamp);
    }

    private static Outcome Repeat(in SendIdentity identity, in ClientFacts client, IChatFacts facts)
    {
        if (identity.Counter > client.LastCounter)
        {
            return new Outcome.Rejected(Rejection.OutOfOrder);
        }

        if (facts.FindOutcome(identity.Client, identity.Counter) is not { } remembered)
        {
            return new Outcome.Rejected(Rejection.AlreadyAnswered);
        }

        return remembered.ContentHash == identity.ContentHash
            ? remembered.Outcome
            : new Outcome.Rejected(Rejection.MessageIdReused);
    }

    /// <summary>Nobody's queue counts: a room is never held up by an absent member.</summary>
    private static Rejection RefuseInRoom(long room, long sender, string text, IChatFacts facts)
    {
        Invariant.Holds(Encoding.UTF8.GetByteCount(text) is > 0 and <= Limits.TextBytesMax);
        var refusal = RoomAuthority.Enter(room, sender, facts, out _, out var member);
        return refusal == Rejection.None && member.IsMuted ? Rejection.Muted : refusal;
    }

    private static Rejection RefuseDirect(long recipient, long sender, string text, IChatFacts facts)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        Invariant.Holds(bytes is > 0 and <= Limits.TextBytesMax);
        if (facts.FindAccount(recipient) is null)
        {
            return Rejection.NotFound;
        }

        // A note to oneself is nobody's undelivered message.
        if (recipient == sender)
        {
            return Rejection.None;
        }

        var inbox = facts.GetInbox(recipient);
        var settings = facts.Settings;
        return inbox.Messages + 1 > settings.UndeliveredMessagesOrDefault
            || inbox.Bytes + bytes > settings.UndeliveredBytesOrDefault
            ? Rejection.InboxFull
            : Rejection.None;
    }
}
