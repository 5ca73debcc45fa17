using System.Globalization;
using Parley.Client;
using Parley.Client.Storage;
using Parley.CommandLine;
using Parley.Local;
using Parley.Terminal;
using Parley.Verbs.Chat;

namespace Parley.Verbs.Demo;

/// <summary>The demo with a person at the keyboard, who is alice. bob, a second client of this process, answers her;
/// carol sends lines to dave all the time, so that every gap is noticed.</summary>
internal static class InteractiveDemo
{
    public static async Task<int> RunAsync(
        LocalClusterOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        using var terminal = ChatTerminal.Find(isPlain: false, new InputHistory(path: null));
        IChatScreen screen = terminal is null ? PlainScreen.OfConsole(output) : terminal.Screen;
        screen.Note($"starting {options.Size} servers on this machine");
        await using var cluster = await LocalCluster.StartAsync(options, cancellationToken);
        var leader = await cluster.LeaderAsync(cancellationToken);
        var settings = new ParleyClientOptions
        {
            Nodes = cluster.Addresses,
            CaFingerprint = cluster.CaFingerprint,
            GiveUpAfter = TimeSpan.Zero,
        };
        using var shown = SessionStore.Default().ShowDemo(new(cluster.Addresses, cluster.CaFingerprint!, "demo"));
        await using var client = new ParleyClient(settings);
        await DemoAccounts.CreateAsync(
            client,
            [DemoAccounts.Alice, DemoAccounts.Bob, DemoAccounts.Carol, DemoAccounts.Dave],
            cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var board = new DemoBoard(cluster, screen);
        var bob = new DemoBob(board, screen, leader, stop.Token);
        await using var bobsClient = await LoginAsync(DemoAccounts.Bob, settings, bob.Received, cancellationToken);
        bob.Begin(bobsClient);
        bobsClient.StartReceiving();
        await using var carol = await LoginAsync(DemoAccounts.Carol, settings, onReceived: null, cancellationToken);
        await using var dave = await LoginAsync(DemoAccounts.Dave, settings, board.Shown, cancellationToken);
        dave.StartReceiving();
        await using var alice = await client.LoginAsync(
            DemoAccounts.Alice, DemoAccounts.Password, new() { TakeOver = true }, cancellationToken);
        client.ConnectionChanged += screen.Connection;
        Greet(screen, cluster, leader);
        var window = new ChatWindow(
            client, alice, screen, keepsOutbox: false, LogoutAsync, DemoCommands.Build(cluster, screen, bob))
        {
            Peer = DemoAccounts.Bob,
            OnShown = board.Shown,
            OnSent = outcome => _ = CountAsync(board, outcome),
        };
        var beside = new[] { board.TalkAsync(carol, dave.Account, stop.Token), board.RunAsync(stop.Token) };
        var code = await window.RunAsync(ChatVerb.LinesOf(terminal, window, cancellationToken), cancellationToken);
        await stop.CancelAsync();
        await Task.WhenAll(beside).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        screen.Line(board.Tally());
        screen.Note("stopping the servers");
        await cluster.StopAsync();
        if (options.Directory is not null)
        {
            screen.Note($"everything is kept in {cluster.Directory}");
        }

        return code;

        async Task<string> LogoutAsync(CancellationToken token)
        {
            await alice.LogoutAsync(token);
            return "alice is logged out";
        }
    }

    private static Task<RecordedClient> LoginAsync(
        string account,
        ParleyClientOptions settings,
        Action<ChatMessage>? onReceived,
        CancellationToken cancellationToken) => RecordedClient.LoginAsync(
            new($"{account}#1", account, settings.TimeProvider),
            DemoAccounts.Password,
            settings,
            new() { TakeOver = true },
            onReceived,
            cancellationToken);

    private static async Task CountAsync(DemoBoard board, Task<MessageReceipt> outcome)
    {
        try
        {
            await board.CountAsync(() => outcome);
        }
        catch (ParleyException)
        {
            // The chat tells what became of the line.
        }
    }

    private static void Greet(IChatScreen screen, LocalCluster cluster, int leader)
    {
        screen.Line($"{cluster.Size} real servers run on this machine; node {leader} leads. You are alice; bob, a");
        screen.Line("second client, answers. Below: how each server is, and how all messages fare (two more");
        screen.Line($"clients talk all the time). Any {(cluster.Size - 1) / 2} servers may die and nothing is lost.");
        screen.Line("Write to bob, and try:");
        screen.Line($"  /kill {leader}      SIGKILL: the server is gone from one moment to the next");
        screen.Line("  /pause 2     SIGSTOP: it hangs, its connections stay open; /resume 2 lets it go on");
        screen.Line("  /restart 2   start it again (ends it in good order when it runs)");
        screen.Line("  /nodes       who is alive, who leads; /safe: where your last line is; /help; /quit");
        screen.Line($"(Password of alice and bob for `parley` in another window: {DemoAccounts.Password})");
    }
}

/// <summary>What the demo adds to the chat: hurting servers, and telling in plain words what came of it.</summary>
internal static class DemoCommands
{
    public static IEnumerable<ChatCommand> Build(LocalCluster cluster, IChatScreen screen, DemoBob bob)
    {
        var hands = new DemoHands(cluster, screen);
        return
        [
            Slow("kill", "N", "SIGKILL server N", (rest, token) => hands.KillAsync(IdIn(rest), token)),
            Slow("pause", "N", "SIGSTOP server N: it hangs", (rest, token) => hands.PauseAsync(IdIn(rest), token)),
            Slow("resume", "[N]", "let a paused server go on", hands.ResumeAsync),
            Slow("restart", "N", "start server N again", (rest, token) => hands.RestartAsync(IdIn(rest), token)),
            Slow("bob", "TEXT", "bob answers you", (rest, _) => AnswerAsync(bob, screen, rest)),
            new("nodes", "", "the servers, one by one", (_, token) => hands.ShowAsync(token)),
        ];
    }

    /// <summary>The server's number behind a command.</summary>
    public static int IdIn(string text) => int.TryParse(text, CultureInfo.InvariantCulture, out var id)
        ? id
        : throw new VerbFailedException(ExitCodes.Usage, "a server's number expected, like 2");

    private static ChatCommand Slow(
        string name, string arguments, string help, Func<string, CancellationToken, Task> run) =>
        new(name, arguments, help, run) { IsSlow = true };

    private static Task AnswerAsync(DemoBob bob, IChatScreen screen, string text)
    {
        if (text.Length > 0)
        {
            return bob.SayAsync(text);
        }

        screen.Line("/bob TEXT");
        return Task.CompletedTask;
    }
}
