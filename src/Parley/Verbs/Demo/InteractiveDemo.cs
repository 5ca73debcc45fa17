using System.Globalization;
using Parley.Client;
using Parley.CommandLine;
using Parley.Local;
using Parley.Verbs.Chat;

namespace Parley.Verbs.Demo;

/// <summary>The demo with a person at the keyboard, who is alice; bob is a second client in this process whose screen
/// is shown beside hers.</summary>
internal static class InteractiveDemo
{
    public static async Task<int> RunAsync(
        LocalClusterOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        var screen = ChatScreen.OfConsole(output);
        screen.Note($"starting {options.Size} servers on this machine");
        await using var cluster = await LocalCluster.StartAsync(options, cancellationToken);
        var leader = await cluster.LeaderAsync(cancellationToken);
        var settings = new ParleyClientOptions { Nodes = cluster.Addresses, GiveUpAfter = TimeSpan.Zero };
        await using var client = new ParleyClient(settings);
        client.ConnectionChanged += screen.Connection;
        await DemoAccounts.CreateAsync(client, [DemoAccounts.Alice, DemoAccounts.Bob], cancellationToken);
        await using var bob = await RecordedClient.LoginAsync(
            new("bob#1", DemoAccounts.Bob, settings.TimeProvider),
            DemoAccounts.Password,
            settings,
            new() { TakeOver = true },
            message => screen.MessageAt(DemoAccounts.Bob, message.SentAt, message.From, message.Text),
            cancellationToken);
        bob.StartReceiving();
        await using var alice = await client.LoginAsync(
            DemoAccounts.Alice, DemoAccounts.Password, new() { TakeOver = true }, cancellationToken);
        Greet(screen, cluster, leader);
        var window = new ChatWindow(
            client, alice, screen, keepsOutbox: false, LogoutAsync, DemoCommands.Build(cluster, screen, bob))
        {
            Peer = DemoAccounts.Bob,
        };
        var code = await window.RunAsync(new LineSource(Console.In), cancellationToken);
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

    private static void Greet(ChatScreen screen, LocalCluster cluster, int leader)
    {
        var nodes = string.Join(", ", cluster.Nodes.Select(
            node => string.Create(CultureInfo.InvariantCulture, $"{node.Id} at {node.ClientAddress}")));
        screen.Line($"{cluster.Size} servers run on this machine: {nodes}. Node {leader} leads.");
        screen.Line($"Any {(cluster.Size - 1) / 2} of them may die, and nothing that was sent is lost. You are alice;");
        screen.Line("what you type goes to bob, and you see his screen, too. Try, while you type:");
        screen.Line($"  /kill {leader}      SIGKILL: the server is gone from one moment to the next");
        screen.Line("  /pause 2     SIGSTOP: it hangs, its connections stay open; /resume 2 lets it go on");
        screen.Line("  /restart 2   start it again (ends it in good order when it runs)");
        screen.Line("  /nodes       who is alive, who leads; /bob TEXT lets bob answer; /help; /quit");
        screen.Line($"(Password of alice and bob for `parley` in another window: {DemoAccounts.Password})");
    }
}

/// <summary>What the demo adds to the chat: hurting servers, and telling in plain words what came of it.</summary>
internal static class DemoCommands
{
    public static IEnumerable<ChatCommand> Build(LocalCluster cluster, ChatScreen screen, RecordedClient bob)
    {
        var hands = new DemoHands(cluster, screen);
        return
        [
            Slow("kill", "N", "SIGKILL server N", (rest, token) => hands.KillAsync(IdIn(rest), token)),
            Slow("pause", "N", "SIGSTOP server N: it hangs", (rest, token) => hands.PauseAsync(IdIn(rest), token)),
            Slow("resume", "[N]", "let a paused server go on", hands.ResumeAsync),
            Slow("restart", "N", "start server N again", (rest, token) => hands.RestartAsync(IdIn(rest), token)),
            Slow("bob", "TEXT", "bob answers you", (rest, token) => AnswerAsync(bob, screen, rest, token)),
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

    private static async Task AnswerAsync(
        RecordedClient bob, ChatScreen screen, string text, CancellationToken cancellationToken)
    {
        if (text.Length == 0)
        {
            screen.Line("/bob TEXT");
            return;
        }

        await bob.SendAsync(DemoAccounts.Alice, text, cancellationToken);
    }
}
