using Parley.Client;
using Parley.Client.Sending;
using Parley.CommandLine;
using Parley.Terminal;
using Parley.Verbs.Rooms;

namespace Parley.Verbs.Chat;

/// <summary>
/// One person's chat: typed lines go to the current peer, what arrives is printed, commands are run; until
/// <c>/quit</c>, the end of the input, a signal, or the last server is gone.
/// </summary>
internal sealed partial class ChatWindow
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RoomsPause = TimeSpan.FromSeconds(1);
    private readonly ParleyClient client;
    private readonly ParleySession session;
    private readonly IChatScreen screen;
    private readonly Func<CancellationToken, Task<string>> logout;
    private readonly Dictionary<string, ChatCommand> commands = new(StringComparer.OrdinalIgnoreCase);
    private readonly SentLines sent;
    private readonly OutageWatch outage;
    private readonly KnownPeople people;
    private readonly Debounced rooms;
    private readonly ShownMarks shown;
    private readonly Underway beside = new();
    private readonly TaskCompletionSource<int> quit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? peer;
    private bool isMarked;
    private bool hasLearned;

    /// <param name="client">Whose connections the session uses.</param>
    /// <param name="session">Of the person at the keyboard.</param>
    /// <param name="screen">Where it prints.</param>
    /// <param name="keepsOutbox">Unsent lines survive this process: the session is a stored one.</param>
    /// <param name="logout">Ends the session, and says so in a sentence.</param>
    /// <param name="further">Commands beyond the chat's own.</param>
    public ChatWindow(
        ParleyClient client,
        ParleySession session,
        IChatScreen screen,
        bool keepsOutbox,
        Func<CancellationToken, Task<string>> logout,
        IEnumerable<ChatCommand>? further = null)
    {
        this.client = client;
        this.session = session;
        this.screen = screen;
        this.logout = logout;
        known = new KnownLines(session.Account);
        sent = new SentLines(screen, session.Account, keepsOutbox, known, TimeProvider.System);
        outage = new OutageWatch(client, screen, TimeProvider.System);
        people = new KnownPeople(session, TimeProvider.System);
        rooms = new Debounced(RefreshRoomsAsync, RoomsPause, TimeProvider.System);
        shown = new ShownMarks(() => screen.IsLookedAt, LookedAt);
        screen.OnLookedAt = shown.Looked;
        ChatCommand[] own =
        [
            new("join", "#ROOM", "come into a room and talk there", JoinAsync),
            new("part", "[#ROOM]", "leave a room", PartAsync),
            new("rooms", "[PATTERN]", "rooms you may see", ShowRoomsAsync),
            new("topic", "[TEXT]", "the room's topic, or another", TopicAsync),
            new("to", "NAME", "lines you type go to NAME (or #ROOM) from now on", SetPeerAsync),
            new(EntryText.DeedCommand, "TEXT", "say what you do: * alice TEXT", (rest, _) => SayDeed(rest)),
            new("msg", "NAME TEXT", "one line to NAME", (rest, _) => SendOne(rest)),
            .. ChangeCommands(),
            new("who", "[PATTERN]", "who is in the room; else accounts, and who is online", ShowAccountsAsync),
            new("unread", "", "where something is unread", (_, token) => ShowUnreadAsync(token)),
            new("history", "[NAME] [N]", "the last N lines (20); /history more: those before", ShowHistoryAsync),
            new("search", "WORDS", "the newest lines that have all the words", SearchAsync),
            new("nodes", "", "the servers, one by one", (_, token) => ShowNodesAsync(token)),
            new("status", "", "how many servers may fail now", (_, token) => ShowStatusAsync(token)),
            new("safe", "", "on how many disks your last line is", (_, token) => ShowSafetyAsync(token)),
            new("help", "", "this list", (_, _) => ShowHelp()),
            new("quit", "", "log out and leave", (_, _) => Quit()),
        ];
        foreach (var command in (further ?? []).Concat(own))
        {
            commands.TryAdd(command.Name, command);
        }
    }

    /// <summary>Begins with somebody to write to.</summary>
    public string? Peer
    {
        get => peer;
        init
        {
            peer = value;
            ShowPeer();
        }
    }

    /// <summary>When this person looked last; null: not known.</summary>
    public DateTimeOffset? SeenAt { get; init; }

    /// <summary>Lines that an earlier process left unanswered in the outbox.</summary>
    public IReadOnlyList<Send> Left { get; init; } = [];

    /// <summary>Told of every message of others once it is on the screen.</summary>
    public Action<ChatMessage> OnShown { get; init; } = _ => { };

    /// <summary>Told of every line of this person, with its outcome to come.</summary>
    public Action<Task<MessageReceipt>> OnSent { get; init; } = _ => { };

    /// <summary>What Tab offers.</summary>
    public Completion? Complete(string text, int cursor)
    {
        if (people.IsStale)
        {
            Beside(people.RefreshAsync(CancellationToken.None));
        }

        return new ChatCompleter(commands.Values, () => people.Candidates).Find(text, cursor);
    }

    /// <summary>Runs until the end and logs out. Returns the exit code; a cancellation logs out, too, and then throws.
    /// </summary>
    public async Task<int> RunAsync(IAsyncEnumerable<string> lines, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        client.ConnectionChanged += outage.Take;
        foreach (var send in Left)
        {
            sent.Watch(send, isLeft: true);
        }

        var looking = screen.ShowsOwnLines ? LookAsync(stop.Token) : Task.CompletedTask;
        var listening = ListenAsync(stop.Token);
        var typing = TypeAsync(lines, stop.Token);
        try
        {
            var first = await Task.WhenAny(listening, typing, quit.Task, sent.NobodyLeft);
            var code = await first;
            screen.Close();
            await SettleAsync(cancellationToken);
            await stop.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return code;
        }
        finally
        {
            screen.Close();
            client.ConnectionChanged -= outage.Take;
            await stop.CancelAsync();
            await Task.WhenAll(Quietly(listening), Quietly(typing), Quietly(looking));
            sent.Flush();
            await Task.WhenAll(beside.Open());
            await LogoutAsync();
        }
    }

    private static async Task Quietly(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception ending) when (ending is OperationCanceledException or ParleyException)
        {
            // How the chat ended has been said already.
        }
    }

    // What waits for a time, and not for an event.
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        Beside(people.RefreshAsync(cancellationToken));
        using var pace = new PeriodicTimer(Look);
        while (await pace.WaitForNextTickAsync(cancellationToken))
        {
            sent.Look();
            await outage.LookAsync(sent.OldestWait, cancellationToken);
        }
    }

    private async Task<int> ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var delivery in session.ReceiveAsync(cancellationToken))
            {
                Show(delivery, cancellationToken);
            }

            return ExitCodes.Ok;
        }
        catch (ConflictException replaced)
        {
            screen.Note($"another window receives for {session.Account} now: {replaced.Message}");
            return ExitCodes.Conflict;
        }
        catch (NotAuthenticatedException over)
        {
            screen.Note($"this session has ended: {over.Message}");
            return ExitCodes.NotAuthenticated;
        }
        catch (ParleyException nobody) when (nobody is NoMajorityException or OutcomeUnknownException)
        {
            return sent.EndWith(nobody);
        }
    }

    private void Show(Delivery delivery, CancellationToken cancellationToken)
    {
        switch (delivery)
        {
            case Delivery.Arrived { Own: true, Message: var own }:
                sent.Arrived(own);
                break;
            case Delivery.Arrived { Message: var message }:
                unread.Arrived(message, NamesReader(message));
                if (TryLookAt(message))
                {
                    ShowMessage(message, cancellationToken);
                }

                break;
            case Delivery.Changed changed:
                ShowChanged(changed.Message);
                break;
            case Delivery.Acknowledged { } receipt:
                sent.Receipted(receipt);
                break;
            case Delivery.Gone gone:
                var dropped = gone.LastSequence - gone.FirstSequence + 1;
                screen.Note($"{Sanitizer.Line(gone.Room)}: {dropped} older messages were not kept");
                screen.Missed(dropped);
                Beside(AcknowledgeAsync(gone.Conversation, gone.LastSequence, cancellationToken));
                break;
            case Delivery.RoomsChanged:
                known.Forget(); // It comes first on every stream: what changed before that was told to nobody.
                Beside(rooms.AskAsync(cancellationToken));
                break;
            case Delivery.CaughtUp:
                LearnOnce(cancellationToken);
                shelf.Doubt();
                // What comes from now on came while somebody looked.
                isMarked = true;
                screen.CaughtUp();
                break;
        }
    }

    private void ShowMessage(ChatMessage message, CancellationToken cancellationToken)
    {
        sent.Answered(message);
        if (!isMarked && screen.ShowsOwnLines)
        {
            screen.NewSince(SeenAt);
            isMarked = true;
        }

        var room = RoomText.IsRoom(message.To) ? message.To : null;
        known.Put(message);
        screen.Message(EntryOf(message));
        if (NamesReader(message))
        {
            screen.Ring();
        }

        OnShown(message);
        if (screen.IsLookedAt)
        {
            CountRead(message.Conversation, message.Sequence);
        }
        else
        {
            ShowPeer();
        }

        Beside(AcknowledgeAsync(message.Conversation, message.Sequence, cancellationToken));
        SuggestPeer(room ?? message.From);
    }

    // One address is enough to begin with; when that node dies the others must be known.
    private void LearnOnce(CancellationToken cancellationToken)
    {
        if (!hasLearned)
        {
            hasLearned = true;
            Beside(client.RefreshNodesAsync(cancellationToken));
            Beside(LearnUnreadAsync(cancellationToken));
        }
    }

    private async Task<int> TypeAsync(IAsyncEnumerable<string> lines, CancellationToken cancellationToken)
    {
        await foreach (var line in lines.WithCancellation(cancellationToken))
        {
            if (line.Length == 0)
            {
                continue;
            }

            if (ChatLine.FindCommand(line) is not { } typed)
            {
                Say(ChatLine.TextOf(line));
            }
            else if (commands.TryGetValue(typed.Name.TrimEnd('?'), out var command))
            {
                sent.Flush();
                var obeying = ObeyAsync(command, typed.Tail, cancellationToken);
                Beside(obeying);
                await (command.IsSlow ? Task.CompletedTask : obeying);
            }
            else
            {
                var nearest = ChatLine.FindNearest(typed.Name, commands.Keys);
                screen.Line(nearest is null
                    ? $"no command {line[0]}{typed.Name}; /help lists them"
                    : $"no command {line[0]}{typed.Name}; did you mean /{nearest}?");
            }

            if (quit.Task.IsCompleted)
            {
                break;
            }
        }

        return ExitCodes.Ok;
    }

    private async Task ObeyAsync(ChatCommand command, string rest, CancellationToken cancellationToken)
    {
        try
        {
            await command.RunAsync(rest, cancellationToken);
        }
        catch (Exception failure) when (failure is ParleyException or VerbFailedException or TimeoutException)
        {
            screen.Line($"/{command.Name}: {failure.Message}");
        }
    }

    private void Say(string text)
    {
        if (peer is null)
        {
            screen.Line("nobody to send this to yet: /to NAME first, or /msg NAME TEXT");
            return;
        }

        Send(peer, text);
    }

    private void Send(string to, string text)
    {
        var send = session.StartSend(to, text);
        OnSent(send.Outcome);
        sent.Watch(send);
    }

    // Its failure is told elsewhere, or needs no telling: what was not acknowledged comes again.
    private void Beside(Task work) => beside.Add(Quietly(work));

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        if (await sent.SettleAsync(Farewell, cancellationToken) is > 0 and var open)
        {
            screen.Note($"{open} of your lines were not answered yet");
        }
    }

    private async Task LogoutAsync()
    {
        await TellReadAsync();
        using var limit = new CancellationTokenSource(Farewell);
        try
        {
            screen.Note(await logout(limit.Token));
        }
        catch (Exception failure) when (failure is OperationCanceledException or ParleyException)
        {
            screen.Note($"{session.Account} could not be logged out: no server answered; the session ends by itself");
        }
    }
}
