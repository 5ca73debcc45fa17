using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;
using Parley.Verbs.Messaging;

namespace Parley.Verbs.Chat;

/// <summary><c>parley chat</c>: a conversation in a terminal, or line by line.</summary>
internal static class ChatVerb
{
    /// <summary>A login of a chat's own, when it could not log out: on this machine the next chat goes on with it.
    /// </summary>
    private static readonly TimeSpan Lease = TimeSpan.FromDays(1);
    private static readonly TimeSpan CheckPatience = TimeSpan.FromSeconds(2);

    public static Command Build()
    {
        var to = new Option<string?>("--to")
        {
            Description = "Begin with lines to this account, or room.",
            HelpName = "NAME",
        };
        var link = new Argument<string?>("LINK")
        {
            Description = "The cluster's link, where this machine does not know it yet.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var plain = new Option<bool>("--plain")
        {
            Description = "One line after the other, nothing redrawn: for screen readers (also without a terminal).",
        };
        var command = new Command("chat", "Log in and chat; /help lists the commands.") { link, to, plain };
        var noReceipts = Disclosure.ReadReceipts.AddTo(command);
        var noPresence = Disclosure.Presence.AddTo(command);
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed, parsed.GetValue(link)) with
            {
                ReadReceipts = Disclosure.ReadReceipts.IsWanted(parsed, noReceipts),
                ShowsPresence = Disclosure.Presence.IsWanted(parsed, noPresence),
            },
            parsed.GetValue(to),
            parsed.GetValue(plain),
            cancellationToken));
        return command.WithExamples("parley chat --as alice", "parley chat --as alice --to bob",
            "parley chat 'parley://chat1:7401,chat2:7401/?ca=…' --as alice");
    }

    private static async Task<int> RunAsync(
        ClientSettings asked, string? to, bool isPlain, CancellationToken cancellationToken)
    {
        var named = WithAccount(asked);
        if (named.Link is { } link && VerbSession.FindStored(named) is not null)
        {
            // Before it goes on: what its client learns of the cluster gets into the link that is kept.
            named.Store.SaveLink(link);
        }

        if (!Console.IsInputRedirected)
        {
            await LoginAsync(named, cancellationToken);
        }

        var account = named.Account ?? VerbSession.FindStored(named)?.Account;
        using var terminal = ChatTerminal.Find(
            isPlain, new InputHistory(account is null ? null : ChatTerminal.PathOf(account, "history")));
        if (terminal is null)
        {
            return await TalkAsync(
                named, PlainScreen.OfConsole(named.Output), terminal: null, to, cancellationToken);
        }

        var settings = named with
        {
            GiveUpAfter = named.IsGiveUpGiven ? named.GiveUpAfter : TimeSpan.Zero,
            Error = new ScreenWriter(terminal.Screen),
        };
        return await TalkAsync(settings, terminal.Screen, terminal, to, cancellationToken);
    }

    private static async Task<int> TalkAsync(
        ClientSettings asked,
        IChatScreen screen,
        ChatTerminal? terminal,
        string? to,
        CancellationToken cancellationToken)
    {
        var settings = asked with { OnConnection = screen.Connection };
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        if (opened.Stored is null)
        {
            settings.KeepLink(opened.Client);
        }

        await opened.OpenOutboxAsync(client: null, cancellationToken);
        var left = terminal is null
            ? LeftSends.ReportAsync(settings, opened.Session.LeftSends)
            : Task.CompletedTask;
        screen.Note($"you are {opened.Session.Account}; /to NAME says who your lines go to, /help the rest");
        var seen = new SeenMark(
            terminal is null ? null : ChatTerminal.PathOf(opened.Session.Account, "seen"));
        var window = new ChatWindow(
            opened.Client,
            opened.Session,
            screen,
            keepsOutbox: opened.Stored is not null,
            token => LogoutAsync(settings, opened, token))
        {
            Peer = to?.ToLowerInvariant(),
            SeenAt = seen.Find(),
            Left = terminal is null ? [] : opened.Session.LeftSends,
        };
        try
        {
            var code = await window.RunAsync(LinesOf(terminal, window, cancellationToken), cancellationToken);
            await LeftSends.EndAsync(left, opened.Session.LeftSends);
            return code;
        }
        finally
        {
            seen.Set(TimeProvider.System.GetUtcNow());
        }
    }

    /// <summary>What is typed; takes the keyboard when there is a terminal.</summary>
    public static IAsyncEnumerable<string> LinesOf(
        ChatTerminal? terminal, ChatWindow window, CancellationToken cancellationToken)
    {
        if (terminal is null)
        {
            return new LineSource(Console.In).ReadAllAsync(cancellationToken);
        }

        terminal.Screen.Completer = window.Complete;
        terminal.Open();
        return terminal.Screen.Lines.ReadAllAsync(cancellationToken);
    }

    private static ClientSettings WithAccount(ClientSettings settings)
    {
        if (settings.Account is not null || settings.DeviceToken is not null
            || VerbSession.FindStored(settings) is not null || Console.IsInputRedirected)
        {
            return settings;
        }

        settings.Error.Write("Name: ");
        settings.Error.Flush();
        return settings with { Account = Console.ReadLine()?.Trim().ToLowerInvariant() };
    }

    /// <summary>A person's chat has a stored login: lines typed while no node answers survive this process.</summary>
    private static async Task LoginAsync(ClientSettings settings, CancellationToken cancellationToken)
    {
        await RemoveEndedAsync(settings, cancellationToken);
        if (VerbSession.FindStored(settings) is not null || (settings.Account is null && settings.DeviceToken is null))
        {
            return;
        }

        var secret = Passwords.GetSecret(settings);
        await using var client = settings.NewClient();
        var login = new LoginOptions { TakeOver = settings.TakeOver, Lease = Lease };
        await client.LoginStoredAsync(settings.Store, secret, login, cancellationToken);
        settings.KeepLink(client);
    }

    /// <summary>A stored login that is over is forgotten, so that the password is asked for; its outbox stays.
    /// </summary>
    private static async Task RemoveEndedAsync(ClientSettings settings, CancellationToken cancellationToken)
    {
        if (VerbSession.FindStored(settings) is not { } stored)
        {
            return;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(CheckPatience);
        try
        {
            await using var client = new ParleyClient(
                new() { Nodes = stored.Nodes, CaFingerprint = stored.Ca, ClusterId = stored.Cluster });
            await using var session = client.Resume(settings.Store, stored);
            await session.ListAccountsPageAsync(stored.Account, "", pageSize: 1, patience.Token);
        }
        catch (NotAuthenticatedException)
        {
            settings.Say($"the stored login of {stored.Account} has ended; log in again");
            settings.Store.Remove(stored);
        }
        catch (Exception failure) when (failure is ParleyException or OperationCanceledException)
        {
            // Nobody to ask: the chat begins without a node, and says so.
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static async Task<string> LogoutAsync(
        ClientSettings settings, VerbSession opened, CancellationToken cancellationToken)
    {
        if (opened.Stored is not { } stored)
        {
            await opened.LogoutAsync(cancellationToken);
        }
        else if (opened.Session.IsOutboxEmpty)
        {
            await opened.Session.LogoutAsync(opened.IsOutboxEmpty, cancellationToken);
            settings.Store.Remove(stored);
        }
        else
        {
            return $"the login of {stored.Account} stays, for unanswered lines are kept with it";
        }

        return $"{opened.Session.Account} is logged out";
    }
}
