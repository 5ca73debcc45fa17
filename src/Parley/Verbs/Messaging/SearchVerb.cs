using System.CommandLine;
using System.Globalization;
using Parley.CommandLine;
using Parley.Verbs.Rooms;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>search</c>: prints messages that have all the words, the newest first.</summary>
internal static class SearchVerb
{
    private const int MessagesDefault = 20;
    private const int MessagesMost = 10_000;
    private const int PageSizeMax = 100;

    public static Command Build()
    {
        var words = new Argument<string[]>("TEXT")
        {
            Description = "Words, all of which a message must have; in quotes together: '\"disk full\"'",
            Arity = ArgumentArity.OneOrMore,
        };
        var room = new Option<string?>("--room") { Description = "In this room alone", HelpName = "ROOM" };
        var with = new Option<string?>("--with") { Description = "With this account alone", HelpName = "NAME" };
        var limit = new Option<int>("--limit")
        {
            Description = "The most messages to print",
            HelpName = "N",
            DefaultValueFactory = _ => MessagesDefault,
        };
        var local = new Option<bool>("--local")
        {
            Description = "Search the node's own state without asking others; works without a majority",
        };
        limit.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1
                && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var number)
                && number is < 1 or > MessagesMost)
            {
                result.AddError($"--limit: 1 to {MessagesMost} expected");
            }
        });
        var command = new Command("search", "Find messages by their words") { words, room, with, limit, local };
        command.Validators.Add(result =>
        {
            if (result.GetValue(room) is not null && result.GetValue(with) is not null)
            {
                result.AddError("--room or --with expected, both found; leave one out");
            }
        });
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed),
            string.Join(' ', parsed.GetRequiredValue(words)),
            parsed.GetValue(room) is { } name ? RoomText.NameOf(name) : parsed.GetValue(with),
            parsed.GetValue(limit),
            parsed.GetValue(local),
            cancellationToken));
        return command.WithExamples(
            "parley search disk full",
            "parley search '\"disk full\"' --room ops",
            "parley search backup --with alice --as bob -o json --limit 100");
    }

    private static async Task<int> RunAsync(
        ClientSettings settings, string query, string? with, int limit, bool local, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        var (left, isStale, isIncomplete) = (limit, false, false);
        string? token = null;
        do
        {
            var page = await opened.Session.SearchMessagesAsync(
                query, with, Math.Min(left, PageSizeMax), token, local, cancellationToken);
            foreach (var message in page.Messages)
            {
                settings.WriteRow(() => JsonLines.Message(message), () => MessageText.Of(message));
            }

            (isStale, isIncomplete) = (isStale || page.Stale, isIncomplete || page.Incomplete);
            left -= page.Messages.Count;
            token = page.NextPageToken;
        }
        while (token is not null && left > 0);
        Warn(settings, isStale && !local, isIncomplete, isMore: token is not null);
        return ExitCodes.Ok;
    }

    private static void Warn(ClientSettings settings, bool isStale, bool isIncomplete, bool isMore)
    {
        if (isStale)
        {
            settings.Say("this may be behind: the node could not reach a majority");
        }

        if (isIncomplete)
        {
            settings.Say("something may be missing: the node still makes its index, or there is much to look at "
                + "(--room or --with asks for less)");
        }

        if (isMore)
        {
            settings.Say("there may be older ones: --limit shows more");
        }
    }
}
