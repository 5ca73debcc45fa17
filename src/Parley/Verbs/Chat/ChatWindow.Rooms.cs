using Parley.Client;
using Parley.Terminal;
using Parley.Verbs.Messaging;
using Parley.Verbs.Rooms;

namespace Parley.Verbs.Chat;

/// <content>Rooms: one is looked at, what comes in the others is counted in the prompt.</content>
internal sealed partial class ChatWindow
{
    // Between a look at which room is looked at and what follows from it.
    private readonly Lock shelving = new();
    private readonly RoomShelf shelf = new();
    private volatile HashSet<string> invitations = new(StringComparer.Ordinal);

    private string Room => peer is not null && RoomText.IsRoom(peer) ? peer : "";

    private async Task JoinAsync(string rest, CancellationToken cancellationToken)
    {
        var name = ChatLine.SplitWord(rest).Word;
        if (name.Length == 0)
        {
            screen.Line("/join #ROOM");
            return;
        }

        name = RoomText.NameOf(name);
        await session.ChangeRoomMemberAsync(name, RoomAct.Join, account: null, cancellationToken);
        await LookAtAsync(name, cancellationToken);
        var room = await RoomText.GetAsync(session, name, cancellationToken);
        var topic = room.Topic.Length > 0 ? $", {Sanitizer.Line(room.Topic)}" : "";
        screen.Note($"{room.Name}: {room.Members} in it{topic}");
    }

    private async Task PartAsync(string rest, CancellationToken cancellationToken)
    {
        var name = rest.Length > 0 ? RoomText.NameOf(rest) : Room;
        if (name.Length == 0)
        {
            screen.Line("/part #ROOM");
            return;
        }

        // What was typed before belongs in there.
        await sent.SettleAsync(Farewell, cancellationToken);
        await session.ChangeRoomMemberAsync(name, RoomAct.Leave, account: null, cancellationToken);
        shelf.Take(name);
        unread.KeepRooms(room => room != name);
        if (peer == name)
        {
            peer = null;
        }

        ShowPeer();
        screen.Note($"you left {name}");
    }

    private async Task ShowRoomsAsync(string pattern, CancellationToken cancellationToken)
    {
        var any = false;
        await LearnUnreadAsync(cancellationToken);
        await foreach (var room in session.ListRoomsAsync(pattern.TrimStart('#'), onlyOwn: false, cancellationToken))
        {
            any = true;
            screen.Line($"  {RoomText.Short(room, unread.TextOf(room.Name))}");
        }

        if (!any)
        {
            screen.Line("no rooms yet; parley room create NAME makes one");
        }
    }

    private async Task TopicAsync(string rest, CancellationToken cancellationToken)
    {
        if (Room.Length == 0)
        {
            screen.Line("/topic goes with a room: /join #ROOM first");
            return;
        }

        if (rest.Length > 0)
        {
            await session.ChangeRoomAsync(Room, rest, retentionDays: null, cancellationToken);
        }

        var room = await RoomText.GetAsync(session, Room, cancellationToken);
        screen.Line($"{room.Name}: {(room.Topic.Length > 0 ? Sanitizer.Line(room.Topic) : "no topic")}");
    }

    private async Task ShowMembersAsync(string room, CancellationToken cancellationToken)
    {
        var members = new List<RoomPerson>();
        await foreach (var person in session.ListRoomMembersAsync(room, cancellationToken))
        {
            members.Add(person);
        }

        var inside = members.Where(person => person.IsInside).Select(person => person.Name).ToList();
        var there = await PresenceText.AskAsync(session, inside, cancellationToken);
        foreach (var person in members)
        {
            screen.Line($"  {RoomText.Short(person, there.GetValueOrDefault(person.Name))}");
        }
    }

    /// <summary>A message of another in a room: shown if that room is looked at, else kept back.</summary>
    /// <returns>False: it is for later.</returns>
    private bool TryLookAt(ChatMessage message)
    {
        lock (shelving)
        {
            if (!RoomText.IsRoom(message.To) || peer == message.To || !screen.ShowsOwnLines)
            {
                return true;
            }

            shelf.Put(message);
        }

        if (NamesReader(message))
        {
            screen.Ring();
        }

        ShowPeer();
        return false;
    }

    /// <summary>Lines go there from now on; what waits in a room is shown, as it is now: what changed while no stream
    /// was open was told to nobody.</summary>
    private async Task LookAtAsync(string name, CancellationToken cancellationToken)
    {
        // Whatever becomes of the question: the next line typed is for whom it was said to be.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Farewell);
        var isAsItIs = false;
        try
        {
            isAsItIs = await TryReadDoubtfulAsync(name, limit.Token);
        }
        catch (Exception failure) when (
            failure is ParleyException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // Said below.
        }

        if (!isAsItIs)
        {
            screen.Note("what waited may have been edited or deleted meanwhile: /history shows it as it is");
        }

        LookAt(name);
    }

    /// <returns>False: a node that reaches no majority was asked, and may know less than happened.</returns>
    private async Task<bool> TryReadDoubtfulAsync(string name, CancellationToken cancellationToken)
    {
        if (shelf.FindDoubtful(name) is not (var first, var last, var doubts))
        {
            return true;
        }

        var isStale = false;
        string? next = null;
        do
        {
            var page = await session.ListMessagesAsync(name, first - 1, next, local: false, cancellationToken);
            foreach (var message in page.Messages)
            {
                shelf.Change(message);
            }

            isStale |= page.Stale;
            next = page.Messages.Any(message => message.Sequence >= last) ? null : page.NextPageToken;
        }
        while (next is not null);
        if (!isStale)
        {
            shelf.Trust(name, doubts);
        }

        return !isStale;
    }

    private void LookAt(string name)
    {
        lock (shelving)
        {
            peer = name;
            var (last, older) = shelf.Take(name);
            if (older > 0)
            {
                screen.Note($"{older} older ones: /history {name} {older + last.Count}");
            }

            foreach (var message in last)
            {
                ShowMessage(message, CancellationToken.None);
            }

            if (last.Count == 0 && unread.With(name) is > 0 and var open)
            {
                screen.Note($"{open} unread: /history {name} {Math.Min(open, HistoryLinesMax)}");
            }
        }

        ShowPeer();
    }

    private async Task RefreshRoomsAsync(CancellationToken cancellationToken)
    {
        var looked = Room;
        var shelved = shelf.Puts; // Before asking: what comes from now on may be of a room that the answer lacks.
        var inside = new HashSet<string>(StringComparer.Ordinal);
        var invited = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var room in session.ListRoomsAsync("", onlyOwn: true, cancellationToken))
        {
            if (room.IsInside)
            {
                inside.Add(room.Name);
            }
            else
            {
                invited.Add(room.Name);
            }
        }

        foreach (var name in invited.Except(invitations))
        {
            screen.Note($"you are invited: /join {name}");
        }

        invitations = invited;
        shelf.Keep(inside, shelved);
        unread.KeepRooms(room => inside.Contains(room) || shelf.Has(room));
        // One that was joined while this was asked may not be in the answer.
        if (looked.Length > 0 && looked == Room && !inside.Contains(looked))
        {
            screen.Note($"you are not in {looked} any more");
            peer = null;
        }

        ShowPeer();
    }
}
