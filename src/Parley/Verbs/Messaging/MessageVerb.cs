using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>message</c>: edits and deletes what is stored.</summary>
internal static class MessageVerb
{
    public static Command Build() => new Command("message", "Edit or delete a message")
    {
        BuildEdit(),
        BuildDelete(),
    }.WithExamples(
        "parley history bob --as alice                        # says its number: alice → bob #17",
        "parley message edit bob 17 \"disk full on db4\" --as alice",
        "parley message delete '#ops' 3 --as alice");

    private static Command BuildEdit()
    {
        var (with, number) = (WithArgument(), NumberArgument());
        var text = new Argument<string>("TEXT") { Description = "What it says from now on" };
        var command = new Command("edit", "Replace the text of one of your messages") { with, number, text };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var replacement = parsed.GetRequiredValue(text);
            return RunAsync(
                options.Read(parsed), parsed.GetRequiredValue(with), parsed.GetRequiredValue(number), "edited",
                (session, message) => session.EditMessageAsync(
                    message.Conversation, message.Sequence, replacement, cancellationToken),
                cancellationToken);
        });
        return command.WithExamples("parley message edit bob 17 \"disk full on db4\"");
    }

    private static Command BuildDelete()
    {
        var (with, number) = (WithArgument(), NumberArgument());
        var command = new Command(
            "delete", "Take a message back for ever; in a room also that of another, for moderators") { with, number };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed), parsed.GetRequiredValue(with), parsed.GetRequiredValue(number), "deleted",
            (session, message) => session.DeleteMessageAsync(
                message.Conversation, message.Sequence, cancellationToken),
            cancellationToken));
        return command.WithExamples("parley message delete bob 17", "parley message delete '#ops' 3 -o json");
    }

    private static Argument<string> WithArgument() => new("WITH")
    {
        Description = "The other account, or a room: '#ops'",
    };

    private static Argument<long> NumberArgument() => new("SEQUENCE")
    {
        Description = "Its number in the conversation, as history and tail print it",
    };

    private static async Task<int> RunAsync(
        ClientSettings settings,
        string with,
        long sequence,
        string done,
        Func<ParleySession, ChatMessage, Task> changeAsync,
        CancellationToken cancellationToken)
    {
        if (sequence < 1)
        {
            throw new VerbFailedException(ExitCodes.Usage, $"SEQUENCE: 1 or more expected, {sequence} found");
        }

        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        var page = await opened.Session.ListMessagesAsync(
            with, sequence - 1, pageToken: null, local: false, cancellationToken);
        if (page.Messages is not [var message, ..] || message.Sequence != sequence)
        {
            throw new VerbFailedException(
                ExitCodes.NotFound,
                $"no message {sequence} with {Sanitizer.Line(with)}: parley history prints their numbers");
        }

        await changeAsync(opened.Session, message);
        settings.WriteResult(() => JsonLines.Place(message), () => $"{done} {Sanitizer.Line(with)} #{sequence}");
        return ExitCodes.Ok;
    }
}
