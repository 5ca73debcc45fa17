using System.CommandLine;
using Parley.CommandLine;
using Parley.Verbs.Messaging;

namespace Parley.Verbs.Chat;

/// <summary><c>parley chat</c>: a conversation line by line, on a terminal or by pipes.</summary>
internal static class ChatVerb
{
    public static Command Build()
    {
        var to = new Option<string?>("--to") { Description = "Begin with lines to this account.", HelpName = "NAME" };
        var link = new Argument<string?>("LINK")
        {
            Description = "The cluster's link, where this machine does not know it yet.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("chat", "Log in and chat, line by line; /help lists the commands.") { link, to };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(options.Read(parsed, parsed.GetValue(link)), parsed.GetValue(to), cancellationToken));
        return command.WithExamples("parley chat --as alice", "parley chat --as alice --to bob",
            "parley chat 'parley://chat1:7401,chat2:7401/?ca=…' --as alice");
    }

    private static async Task<int> RunAsync(ClientSettings asked, string? to, CancellationToken cancellationToken)
    {
        var screen = ChatScreen.OfConsole(asked.Output);
        var settings = WithAccount(asked) with { OnConnection = screen.Connection };
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        if (asked.Link is { } link)
        {
            settings.Store.SaveLink(link);
        }

        await opened.OpenOutboxAsync(client: null, cancellationToken);
        var left = LeftSends.ReportAsync(settings, opened.Session.LeftSends);
        screen.Note($"you are {opened.Session.Account}; /to NAME says who your lines go to, /help the rest");
        var window = new ChatWindow(
            opened.Client,
            opened.Session,
            screen,
            keepsOutbox: opened.Stored is not null,
            token => LogoutAsync(settings, opened, token))
        {
            Peer = to?.ToLowerInvariant(),
        };
        var code = await window.RunAsync(new LineSource(Console.In), cancellationToken);
        await LeftSends.EndAsync(left, opened.Session.LeftSends);
        return code;
    }

    private static ClientSettings WithAccount(ClientSettings settings)
    {
        if (settings.Account is not null || VerbSession.FindStored(settings) is not null || Console.IsInputRedirected)
        {
            return settings;
        }

        settings.Error.Write("Name: ");
        settings.Error.Flush();
        return settings with { Account = Console.ReadLine()?.Trim().ToLowerInvariant() };
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
            await opened.Session.LogoutAsync(cancellationToken);
            settings.Store.Remove(stored);
        }
        else
        {
            return $"the login of {stored.Account} stays, for unanswered lines are kept with it";
        }

        return $"{opened.Session.Account} is logged out";
    }
}
