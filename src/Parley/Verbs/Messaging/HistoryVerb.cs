using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using Parley.Client;
using Parley.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>history</c>: prints a conversation, both directions.</summary>
internal static class HistoryVerb
{
    private const int LastMost = 100_000;

    public static Command Build()
    {
        var with = new Argument<string>("WITH") { Description = "The other account, or a room: '#ops'" };
        var last = new Option<int?>("--last") { Description = "The last N messages alone", HelpName = "N" };
        var before = new Option<long?>("--before")
        {
            Description = "Only messages before this number; with --last, the last of those",
            HelpName = "SEQUENCE",
        };
        var node = new Option<string?>("--node") { Description = "Ask this node alone", HelpName = "HOST:PORT" };
        var local = new Option<bool>("--local")
        {
            Description = "Read the node's own state without asking others; works without a majority",
        };
        Expect(last, 1, LastMost);
        Expect(before, 1, long.MaxValue);
        var command = new Command("history", "Print a conversation") { with, last, before, node, local };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed),
            new HistoryWish(
                parsed.GetRequiredValue(with),
                parsed.GetValue(last),
                parsed.GetValue(before) ?? 0,
                parsed.GetValue(local)),
            parsed.GetValue(node) is { } address ? NodeAddresses.Check(address) : null,
            cancellationToken));
        return command.WithExamples(
            "parley history bob",
            "parley history '#ops' --last 50",
            "parley history '#ops' --last 50 --before 1042",
            "parley history alice -o json --as bob --node 127.0.0.1:7402 --local");
    }

    private static void Expect<T>(Option<T?> option, long least, long most)
        where T : struct
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1
                && long.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var number)
                && (number < least || number > most))
            {
                result.AddError($"{option.Name}: {least} to {most} expected, {number} found");
            }
        });
    }

    private static async Task<int> RunAsync(
        ClientSettings settings, HistoryWish wish, string? node, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, node, cancellationToken);
        var staleTold = wish.Local;
        await foreach (var page in ReadAsync(opened.Session, wish, cancellationToken))
        {
            if (page.Stale && !staleTold)
            {
                settings.Say("this may be behind: the node could not reach a majority");
                staleTold = true;
            }

            foreach (var message in page.Messages)
            {
                settings.WriteRow(() => JsonLines.Message(message), () => MessageText.Of(message));
            }
        }

        return ExitCodes.Ok;
    }

    /// <summary>Pages in order; those of the whole as they come, the last ones together.</summary>
    private static async IAsyncEnumerable<MessagePage> ReadAsync(
        ParleySession session, HistoryWish wish, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (wish.Last is { } last)
        {
            yield return await session.ListLastMessagesAsync(
                wish.With, wish.Before, last, wish.Local, cancellationToken);
            yield break;
        }

        string? token = null;
        do
        {
            var page = await session.ListMessagesAsync(wish.With, 0, token, wish.Local, cancellationToken);
            var wanted = page.Messages.Where(message => wish.Before == 0 || message.Sequence < wish.Before).ToList();
            yield return page with { Messages = wanted };
            token = wanted.Count == page.Messages.Count ? page.NextPageToken : null;
        }
        while (token is not null);
    }
}

/// <summary>What of a conversation is printed.</summary>
/// <param name="With">The other account, or a room.</param>
/// <param name="Last">So many, the newest; null: all.</param>
/// <param name="Before">Only smaller sequences; 0: all.</param>
/// <param name="Local">The node's own state.</param>
internal sealed record HistoryWish(string With, int? Last, long Before, bool Local);
