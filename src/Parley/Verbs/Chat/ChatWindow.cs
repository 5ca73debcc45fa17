using Parley.Client;
using Parley.CommandLine;

namespace Parley.Verbs.Chat;

/// <summary>
/// One person's chat: typed lines go to the current peer, what arrives is printed, commands are run; until
/// <c>/quit</c>, the end of the input, a signal, or the last server is gone.
/// </summary>
internal sealed partial class ChatWindow
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);
    private readonly ParleyClient client;
    private readonly ParleySession session;
    private readonly ChatScreen screen;
    private readonly bool keepsOutbox;
    private readonly Func<CancellationToken, Task<string>> logout;
    private readonly Dictionary<string, ChatCommand> commands = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock tracking = new();
    private readonly HashSet<Task> underway = [];
    private readonly List<Task> slow = [];
    private readonly TaskCompletionSource<int> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? peer;

    /// <param name="client">Whose connections the session uses.</param>
    /// <param name="session">Of the person at the keyboard.</param>
    /// <param name="screen">Where it prints.</param>
    /// <param name="keepsOutbox">Unsent lines survive this process: the session is a stored one.</param>
    /// <param name="logout">Ends the session, and says so in a sentence.</param>
    /// <param name="further">Commands beyond the chat's own.</param>
    public ChatWindow(
        ParleyClient client,
        ParleySession session,
        ChatScreen screen,
        bool keepsOutbox,
        Func<CancellationToken, Task<string>> logout,
        IEnumerable<ChatCommand>? further = null)
    {
        this.client = client;
        this.session = session;
        this.screen = screen;
        this.keepsOutbox = keepsOutbox;
        this.logout = logout;
        ChatCommand[] own =
        [
            new("to", "NAME", "lines you type go to NAME from now on", (rest, _) => SetPeer(rest)),
            new("msg", "NAME TEXT", "one line to NAME", (rest, _) => SendOne(rest)),
            new("who", "[PATTERN]", "accounts, and who is online", ShowAccountsAsync),
            new("history", "[NAME] [N]", "the last N lines (20) with NAME", ShowHistoryAsync),
            new("nodes", "", "the servers, one by one", (_, token) => ShowNodesAsync(token)),
            new("status", "", "how many servers may fail now", (_, token) => ShowStatusAsync(token)),
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
        init => peer = value;
    }

    /// <summary>Runs until the end and logs out. Returns the exit code; a cancellation logs out, too, and then throws.
    /// </summary>
    public async Task<int> RunAsync(LineSource lines, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = ListenAsync(stop.Token);
        var typing = TypeAsync(lines, stop.Token);
        try
        {
            var first = await Task.WhenAny(listening, typing, ended.Task);
            var code = await first;
            await SettleAsync(code, cancellationToken);
            await stop.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return code;
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(Quietly(listening), Quietly(typing));
            await Task.WhenAll(slow.Select(Quietly));
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

    private async Task<int> ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var delivery in session.ReceiveAsync(cancellationToken))
            {
                switch (delivery)
                {
                    case Delivery.Arrived { Own: false, Message: var message }:
                        screen.Message(message.SentAt, message.From, message.Text);
                        Track(
                            session.AcknowledgeAsync(message.Conversation, message.Sequence, cancellationToken), null);
                        SuggestPeer(message.From);
                        break;
                    case Delivery.Gone gone:
                        screen.Note($"{gone.LastSequence - gone.FirstSequence + 1} older messages were not kept");
                        break;
                }
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
            return LastWords(nobody);
        }
    }

    private async Task<int> TypeAsync(LineSource lines, CancellationToken cancellationToken)
    {
        await foreach (var line in lines.ReadAllAsync(cancellationToken))
        {
            if (line.Length == 0)
            {
                continue;
            }

            if (ChatLine.FindCommand(line) is not { } typed)
            {
                Say(ChatLine.TextOf(line));
            }
            else if (commands.TryGetValue(typed.Name, out var command))
            {
                var obeying = ObeyAsync(command, typed.Tail, cancellationToken);
                slow.RemoveAll(task => task.IsCompleted);
                slow.Add(obeying);
                await (command.IsSlow ? Task.CompletedTask : obeying);
            }
            else
            {
                var nearest = ChatLine.FindNearest(typed.Name, commands.Keys);
                screen.Line(nearest is null
                    ? $"no command {line[0]}{typed.Name}; /help lists them"
                    : $"no command {line[0]}{typed.Name}; did you mean /{nearest}?");
            }

            if (ended.Task.IsCompleted)
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

        Track(session.SendAsync(peer, text, CancellationToken.None), text);
    }

    // What is sent or acknowledged is waited for at the end; a refusal is told when it comes.
    private void Track(Task work, string? text)
    {
        var watched = WatchAsync(work, text);
        lock (tracking)
        {
            underway.Add(watched);
        }

        _ = watched.ContinueWith(Forget, TaskScheduler.Default);
    }

    private void Forget(Task done)
    {
        lock (tracking)
        {
            underway.Remove(done);
        }
    }

    private async Task WatchAsync(Task work, string? text)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException)
        {
            // An acknowledgement at the end: the message will come again, which is right.
        }
        catch (ParleyException nobody) when (nobody is NoMajorityException or OutcomeUnknownException)
        {
            ended.TrySetResult(LastWords(nobody));
        }
        catch (ParleyException refused)
        {
            screen.Line(text is null ? refused.Message : $"not sent: \"{text}\": {refused.Message}");
        }
    }

    private int LastWords(ParleyException nobody)
    {
        var waiting = underway.Count;
        screen.Note($"no server is left: {nobody.Message}");
        screen.Note((waiting, keepsOutbox) switch
        {
            (0, _) => "nothing of yours is lost; come back when the servers are back",
            (_, true) => "your unanswered lines are kept here, and are sent when you come back",
            _ => "your last lines may not have been stored; look at /history when the servers are back",
        });
        return nobody is OutcomeUnknownException ? ExitCodes.OutcomeUnknown : ExitCodes.NoMajority;
    }

    private async Task SettleAsync(int code, CancellationToken cancellationToken)
    {
        Task[] open;
        lock (tracking)
        {
            open = [.. underway];
        }

        if (code != ExitCodes.Ok || open.Length == 0)
        {
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Farewell);
        try
        {
            await Task.WhenAll(open).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            screen.Note($"{open.Length} lines were not answered yet");
        }
    }

    private async Task LogoutAsync()
    {
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
