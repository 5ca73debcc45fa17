using System.CommandLine;
using Parley.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>history</c>: prints a conversation, both directions.</summary>
internal static class HistoryVerb
{
    public static Command Build()
    {
        var with = new Argument<string>("WITH") { Description = "The other account, or a room: '#ops'" };
        var node = new Option<string?>("--node") { Description = "Ask this node alone", HelpName = "HOST:PORT" };
        var local = new Option<bool>("--local")
        {
            Description = "Read the node's own state without asking others; works without a majority",
        };
        var command = new Command("history", "Print a conversation") { with, node, local };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed),
            parsed.GetRequiredValue(with),
            parsed.GetValue(node) is { } address ? NodeAddresses.Check(address) : null,
            parsed.GetValue(local),
            cancellationToken));
        return command.WithExamples(
            "parley history bob",
            "parley history '#ops'",
            "parley history alice -o json --as bob --node 127.0.0.1:7402 --local");
    }

    private static async Task<int> RunAsync(
        ClientSettings settings, string with, string? node, bool local, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, node, cancellationToken);
        string? token = null;
        var staleTold = local;
        do
        {
            var page = await opened.Session.ListMessagesAsync(with, 0, token, local, cancellationToken);
            if (page.Stale && !staleTold)
            {
                settings.Say("this may be behind: the node could not reach a majority");
                staleTold = true;
            }

            foreach (var message in page.Messages)
            {
                settings.WriteLine(settings.Json ? JsonLines.Message(message) : MessageText.Of(message));
            }

            token = page.NextPageToken;
        }
        while (token is not null);
        return ExitCodes.Ok;
    }
}
