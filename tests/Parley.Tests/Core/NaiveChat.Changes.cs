using Parley.Core;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <content>Messages that are edited and deleted; and what waits for an account, as it is now.</content>
internal sealed partial class NaiveChat
{
    private long BytesMax => Settings.UndeliveredBytesMax > 0 ? Settings.UndeliveredBytesMax : 64 << 20;

    /// <summary>The message as it is now; null where it is gone.</summary>
    public NaiveMessage? Find(long conversation, long sequence) =>
        Conversations.Find(each => each.Number == conversation)?.Kept.FirstOrDefault(each => each.Sequence == sequence);

    private IEnumerable<NaiveMessage> Waiting(long account) => Conversations.Where(each => each.Has(account))
        .SelectMany(each => each.Kept.Where(message => message.Sequence > each.Mark(account)))
        .Where(message => message.Sender != account);

    /// <summary>All texts of the model are of one byte a character.</summary>
    private long WaitingBytes(long account) => Waiting(account).Sum(message => message.Text.Length);

    private Outcome ChangeMessage(ChangeMessage command) => Once(
        command.Session, command.RequestId, account => (command.Conversation, Change(command, account)));

    private Rejection Change(ChangeMessage command, long account)
    {
        var room = Room(command.Conversation);
        if (room is not null && Enter(command.Conversation, account) is var why and not Rejection.None)
        {
            return why;
        }

        var talk = Conversations.Find(each => each.Number == command.Conversation);
        var place = room?.People[account];
        if (talk is null || (room is null && !talk.Has(account)) || command.Sequence < (place?.First ?? 0)
            || Find(talk.Number, command.Sequence) is not { } message)
        {
            return Rejection.NotFound;
        }

        var isOwn = message.Sender == account;
        if (command.Change == MessageChange.Edit)
        {
            var isFull = room is null && Waiting(talk.One == account ? talk.Other : talk.One).Contains(message)
                && Living(talk.One == account ? talk.Other : talk.One) is { Number: var other }
                && command.Text.Length > message.Text.Length
                && WaitingBytes(other) - message.Text.Length + command.Text.Length > BytesMax;
            return !isOwn ? Rejection.NotAuthor
                : place is { Muted: true } ? Rejection.Muted
                : message.DeletedAtUs > 0 ? Rejection.MessageDeleted
                : isFull ? Rejection.InboxFull
                : Put(talk, message with { Text = command.Text, EditedAtUs = now });
        }

        if (!isOwn && room is null)
        {
            return Rejection.NotAuthor;
        }

        if (!isOwn
            && (place!.Standing != RoomStanding.Moderator || Rank(room!, message.Sender) >= Rank(room!, account)))
        {
            return Rejection.RoomRoleNeeded;
        }

        return message.DeletedAtUs > 0
            ? Rejection.None
            : Put(talk, message with { Text = "", DeletedAtUs = now, DeletedBy = account });
    }

    private static Rejection Put(NaiveConversation talk, NaiveMessage message)
    {
        talk.Messages[(int)message.Sequence - 1] = message;
        return Rejection.None;
    }
}
