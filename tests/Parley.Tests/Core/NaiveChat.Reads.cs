using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <content>What is read.</content>
internal sealed partial class NaiveChat
{
    /// <summary>As its member sees each: with whom, delivered, read, unread, when the last came.</summary>
    public IEnumerable<(string With, long Delivered, long Read, long Unread, long LastAtUs)> ConversationsOf(
        long account) =>
        from talk in Conversations.AsEnumerable().Reverse()
        where talk.Has(account) || IsInside(talk.Number, account)
        let room = Room(talk.Number)
        let read = ReadBy(talk, account).Sequence
        let visible = talk.Kept.Where(each => each.Sequence >= (room?.People[account].First ?? 1)).ToArray()
        select (
            room is not null ? $"#{room.Name}" : Accounts[(int)(talk.One == account ? talk.Other : talk.One) - 1].Name,
            DeliveredTo(talk, account),
            read,
            visible.LongCount(each => each.Sequence > read && each.Sender != account),
            visible.LastOrDefault()?.SentAtUs ?? 0);

    /// <summary>How far others may know that somebody has read.</summary>
    public long ToldBy(NaiveConversation talk, long account) => ReadBy(talk, account).Told;

    private long DeliveredTo(NaiveConversation talk, long account) =>
        Room(talk.Number)?.People[account].Delivered ?? talk.Mark(account);

    private (long Sequence, long Told) ReadBy(NaiveConversation talk, long account) =>
        (Room(talk.Number) is { } room ? room.People[account].Read : Known(talk, account))
        ?? (DeliveredTo(talk, account), 0);

    private static (long Sequence, long Told)? Known(NaiveConversation talk, long account) =>
        talk.Reads.TryGetValue(account, out var known) ? known : null;

    private Outcome MarkRead(MarkRead command)
    {
        if (Live(command.Session) is not { Account: var account })
        {
            return No(Rejection.SessionEnded);
        }

        var marks = command.Marks.Select(mark => (
            Talk: Conversations.Find(each => each.Number == mark.Conversation && !IsGone(each)),
            mark.Sequence)).ToArray();
        if (marks.Any(mark => mark.Talk is null || (Room(mark.Talk.Number) is null && !mark.Talk.Has(account))))
        {
            return No(Rejection.NotFound);
        }

        var own = marks.Where(mark => mark.Talk!.Has(account) || IsInside(mark.Talk.Number, account)).ToArray();
        if (own.Any(mark => mark.Sequence > DeliveredTo(mark.Talk!, account)))
        {
            return No(Rejection.NotDelivered);
        }

        foreach (var (talk, sequence) in own)
        {
            var before = ReadBy(talk!, account);
            var after = (
                Math.Max(before.Sequence, sequence), command.Quiet ? before.Told : Math.Max(before.Told, sequence));
            if (after != before && Room(talk!.Number) is { } room)
            {
                room.People[account].Read = after;
            }
            else if (after != before)
            {
                talk!.Reads[account] = after;
            }
        }

        return Outcome.Done.Instance;
    }
}
