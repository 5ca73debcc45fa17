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
    private readonly Func<CancellationToken, Task<string>> logout;
    private readonly Dictionary<string, ChatCommand> commands = new(StringComparer.OrdinalIgnoreCase);
    private readonly SentLines sent;
    private readonly Underway beside = new();
    private readonly TaskCompletionSource<int> quit = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
        sent = new SentLines(screen, keepsOutbox);
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
            var first = await Task.WhenAny(listening, typing, quit.Task, sent.NobodyLeft);
            var code = await first;
            await SettleAsync(cancellationToken);
            await stop.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return code;
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(Quietly(listening), Quietly(typing));
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
                        Beside(session.AcknowledgeAsync(message.Conversation, message.Sequence, cancellationToken));
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
            return sent.EndWith(nobody);
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

        sent.Watch(session.SendAsync(peer, text, CancellationToken.None), text);
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
