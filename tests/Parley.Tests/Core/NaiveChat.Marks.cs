using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <content>Acknowledgement and retention.</content>
internal sealed partial class NaiveChat
{
    private Outcome Acknowledge(AcknowledgeMessages command)
    {
        if (Live(command.Session) is not { } session)
        {
            return No(Rejection.SessionEnded);
        }

        var there = Conversations.FindAll(each => !IsGone(each));
        var marks = command.Marks.Select(mark =>
            (Found: there.Find(each => each.Number == mark.Conversation), mark.Sequence)).ToArray();
        var inRooms = marks.Where(mark => Room(mark.Found?.Number ?? 0) is not null).ToArray();
        marks = [.. marks.Except(inRooms)];
        if (marks.Any(mark => mark.Found is null || !mark.Found.Has(session.Account)))
        {
            return No(Rejection.NotFound);
        }

        if (marks.Concat(inRooms.Where(mark => IsInside(mark.Found!.Number, session.Account)))
            .Any(mark => mark.Sequence > mark.Found!.Head))
        {
            return No(Rejection.BeyondHead);
        }

        foreach (var (conversation, sequence) in inRooms)
        {
            if (IsInside(conversation!.Number, session.Account))
            {
                var place = Room(conversation.Number)!.People[session.Account];
                place.Read ??= sequence > place.Delivered ? (place.Delivered, 0) : null;
                place.Delivered = Math.Max(place.Delivered, sequence);
            }
        }

        foreach (var (conversation, sequence) in marks)
        {
            if (sequence > conversation!.Mark(session.Account))
            {
                conversation.Reads.TryAdd(session.Account, (conversation.Mark(session.Account), 0));
                conversation.Marks[session.Account] = sequence;
                Settle(conversation);
            }
        }

        return Outcome.Done.Instance;
    }

    private void Settle(NaiveConversation conversation)
    {
        long Bound(long account)
        {
            var mark = conversation.Mark(account);
            var waits = conversation.Messages.Exists(message =>
                message.Sequence > mark && (message.Sender != account || conversation.One == conversation.Other));
            return Living(account) is null || (!waits && conversation.One != conversation.Other)
                ? conversation.Head : mark;
        }

        conversation.Settled = Math.Max(
            conversation.Settled, Math.Min(Bound(conversation.One), Bound(conversation.Other)));
    }

    private Outcome.Done Purge(Purge command)
    {
        foreach (var cut in command.Cuts)
        {
            if (Room(cut.Conversation) is { } room)
            {
                room.Talk.Cut(Math.Min(cut.Sequence, Droppable(room)));
            }
            else if (Settings.Retention == RetentionKind.Delivered
                && Conversations.Find(each => each.Number == cut.Conversation) is { } conversation)
            {
                conversation.Cut(Math.Min(cut.Sequence, conversation.Settled));
            }
        }

        if (command.ForgetExpired)
        {
            var day = now - TimeSpan.FromDays(1).Ticks / 10;
            var week = now - TimeSpan.FromDays(7).Ticks / 10;
            Sessions.RemoveAll(each => each.EndedAt > 0 && each.EndedAt <= day);
            Clients.RemoveAll(each => each.EndedAt > 0 && each.EndedAt <= week);
            ForgetRoomRequests(day);
            foreach (var old in Requests.Where(each => each.Value.At <= day).Select(each => each.Key).ToArray())
            {
                Requests.Remove(old);
            }
        }

        return Outcome.Done.Instance;
    }
}
