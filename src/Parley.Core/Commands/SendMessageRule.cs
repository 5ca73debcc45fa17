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

        var refusal = command.Room != 0
            ? RefuseInRoom(command, session.Account, facts)
            : Refuse(command, session.Account, facts);
        if (refusal != Rejection.None)
        {
            facts.RememberRejection(identity, refusal);
            return new Outcome.Rejected(refusal);
        }

        if (command.Room != 0)
        {
            return facts.AppendRoomMessage(identity, session.Account, command.Room, command.Text, stamp);
        }

        var conversation = facts.FindConversation(session.Account, command.Recipient)
            ?? facts.AddConversation(session.Account, command.Recipient, stamp.TimeUs);
        return facts.AppendMessage(
            identity, session.Account, command.Recipient, conversation.Number, command.Text, stamp);
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
    private static Rejection RefuseInRoom(SendMessage command, long sender, IChatFacts facts)
    {
        Invariant.Holds(Encoding.UTF8.GetByteCount(command.Text) is > 0 and <= Limits.TextBytesMax);
        var refusal = RoomAuthority.Enter(command.Room, sender, facts, out _, out var member);
        return refusal == Rejection.None && member.IsMuted ? Rejection.Muted : refusal;
    }

    private static Rejection Refuse(SendMessage command, long sender, IChatFacts facts)
    {
        var bytes = Encoding.UTF8.GetByteCount(command.Text);
        Invariant.Holds(bytes is > 0 and <= Limits.TextBytesMax);
        if (facts.FindAccount(command.Recipient) is null)
        {
            return Rejection.NotFound;
        }

        // A note to oneself is nobody's undelivered message.
        if (command.Recipient == sender)
        {
            return Rejection.None;
        }

        var inbox = facts.GetInbox(command.Recipient);
        var settings = facts.Settings;
        return inbox.Messages + 1 > settings.UndeliveredMessagesOrDefault
            || inbox.Bytes + bytes > settings.UndeliveredBytesOrDefault
            ? Rejection.InboxFull
            : Rejection.None;
    }
}
