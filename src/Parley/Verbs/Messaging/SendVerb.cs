using System.CommandLine;
using Google.Protobuf;
using Parley.Client;
using Parley.Client.Sending;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>send</c>: one message, or each line of standard input as one.</summary>
internal static class SendVerb
{
    public static Command Build()
    {
        var to = new Argument<string>("TO") { Description = "The recipient's account, or a room: '#ops'" };
        var text = new Argument<string>("TEXT") { Description = "The message; - reads standard input" };
        var lines = new Option<bool>("--lines") { Description = "With -: each line is a message" };
        var inFlight = new Option<int>("--in-flight")
        {
            Description = "With --lines: how many travel at once",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var messageId = new Option<string?>("--message-id")
        {
            Description = "Repeat an id that this stored session used before: the first outcome comes again",
            HelpName = "HEX",
        };
        var command = new Command("send", "Send a message, or each line of standard input")
        {
            to, text, lines, inFlight, messageId,
        };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var asked = new SendSettings(
                options.Read(parsed), parsed.GetRequiredValue(to), parsed.GetRequiredValue(text),
                parsed.GetValue(lines), parsed.GetValue(inFlight), parsed.GetValue(messageId));
            return asked.Lines ? RunLinesAsync(asked, cancellationToken) : RunOneAsync(asked, cancellationToken);
        });
        return command.WithExamples(
            "parley send bob \"hello\"",
            "parley send '#ops' \"disk full\"",
            "parley send bob - < letter.txt",
            "generate | parley send bob - --lines -o json --in-flight 64");
    }

    private static async Task<int> RunOneAsync(SendSettings asked, CancellationToken cancellationToken)
    {
        if (asked.InFlight != 1)
        {
            throw new VerbFailedException(ExitCodes.Usage, "--in-flight goes with --lines");
        }

        var text = asked.Text is "-" ? await StandardInput.ReadAllAsync(cancellationToken) : asked.Text;
        await using var opened = await VerbSession.OpenAsync(asked.Client, onlyNode: null, cancellationToken);
        if (asked.MessageId is { } hex)
        {
            return await RepeatAsync(asked, opened, hex, text, cancellationToken);
        }

        await opened.OpenOutboxAsync(client: null, cancellationToken);
        var left = LeftSends.ReportAsync(asked.Client, opened.Session.LeftSends);
        var code = await ReportAsync(asked.Client, opened.Session.StartSend(asked.To, text), cancellationToken);
        await LeftSends.EndAsync(left, opened.Session.LeftSends);
        return code;
    }

    private static async Task<int> RunLinesAsync(SendSettings asked, CancellationToken cancellationToken)
    {
        if (asked.Text is not "-")
        {
            throw new VerbFailedException(ExitCodes.Usage, "--lines reads standard input: TEXT must be -");
        }

        if (asked.MessageId is not null)
        {
            throw new VerbFailedException(
                ExitCodes.Usage, "--message-id repeats one message: it does not go with --lines");
        }

        if (asked.InFlight is < 1 or > LineSender.InFlightMax)
        {
            throw new VerbFailedException(
                ExitCodes.Usage, $"--in-flight: 1 to {LineSender.InFlightMax} expected, {asked.InFlight} found");
        }

        await using var opened = await VerbSession.OpenAsync(asked.Client, onlyNode: null, cancellationToken);
        await opened.OpenOutboxAsync(client: null, cancellationToken);
        var left = LeftSends.ReportAsync(asked.Client, opened.Session.LeftSends);
        var sender = new LineSender(asked.Client, opened.Session, asked.To, asked.InFlight);
        var code = await sender.RunAsync(Console.OpenStandardInput(), cancellationToken);
        await LeftSends.EndAsync(left, opened.Session.LeftSends);
        return code;
    }

    /// <summary>Waits for one send and prints its outcome.</summary>
    private static async Task<int> ReportAsync(ClientSettings settings, Send send, CancellationToken cancellationToken)
    {
        try
        {
            PrintStored(settings, await send.Outcome.WaitAsync(cancellationToken));
            return ExitCodes.Ok;
        }
        catch (ParleyException failure)
        {
            return PrintFailed(settings, send.MessageId, failure);
        }
    }

    private static async Task<int> RepeatAsync(
        SendSettings asked, VerbSession opened, string hex, string text, CancellationToken cancellationToken)
    {
        if (!MessageId.TryParse(hex, out var id))
        {
            throw new VerbFailedException(
                ExitCodes.Usage, $"--message-id: 32 hexadecimal digits expected, '{hex}' found");
        }

        if (opened.Stored is null)
        {
            throw new VerbFailedException(
                ExitCodes.Usage, "--message-id repeats an id of a stored session: parley login first");
        }

        var outbox = await opened.OpenOutboxAsync(id.Client, cancellationToken);
        await LeftSends.ReportAsync(asked.Client, opened.Session.LeftSends).WaitAsync(cancellationToken);
        if (outbox is not null && id.Counter == outbox.LastCounter + 1)
        {
            return await ReportAsync(asked.Client, opened.Session.StartSend(asked.To, text), cancellationToken);
        }

        try
        {
            // Without a nonce the cluster tells of itself what is wrong with the id.
            var nonce = outbox?.FindNonce(id.Counter) ?? ByteString.Empty;
            PrintStored(
                asked.Client, await opened.Session.RepeatAsync(id, asked.To, text, nonce, cancellationToken));
            return ExitCodes.Ok;
        }
        catch (ParleyException failure)
        {
            return PrintFailed(asked.Client, id, failure);
        }
    }

    private static void PrintStored(ClientSettings settings, MessageReceipt receipt) =>
        settings.WriteResult(
            () => JsonLines.Stored(1, receipt),
            () => $"stored #{receipt.Sequence} ({receipt.MessageId})");

    private static int PrintFailed(ClientSettings settings, MessageId id, ParleyException failure)
    {
        if (settings.Form == OutputForm.Json)
        {
            settings.WriteResult(() => JsonLines.Failed(1, id, failure.Reason), () => "");
        }

        settings.Say(Sanitizer.Line(failure.Message));
        return ClientExitCodes.Of(failure);
    }

    private sealed record SendSettings(
        ClientSettings Client, string To, string Text, bool Lines, int InFlight, string? MessageId);
}
