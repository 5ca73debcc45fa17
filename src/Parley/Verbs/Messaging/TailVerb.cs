using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;
using Parley.Verbs.Rooms;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>tail</c>: prints what others sent, and acknowledges what it has printed.</summary>
internal static class TailVerb
{
    private static readonly TimeSpan LastAcknowledgementPatience = TimeSpan.FromSeconds(2);

    public static Command Build()
    {
        var noFollow = new Option<bool>("--no-follow") { Description = "End after what is there" };
        var noAck = new Option<bool>("--no-ack") { Description = "Do not acknowledge: it will be delivered again" };
        var room = new Option<string?>("--room")
        {
            Description = "Print this room alone; what else there is stays undelivered",
            HelpName = "ROOM",
        };
        var command = new Command("tail", "Print what arrives, oldest undelivered first") { noFollow, noAck, room };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed), parsed.GetValue(noFollow), parsed.GetValue(noAck),
            parsed.GetValue(room) is { } name ? RoomText.NameOf(name) : null, cancellationToken));
        return command.WithExamples(
            "parley tail", "parley tail --room ops", "parley tail --no-follow -o json --as bob");
    }

    private static async Task<int> RunAsync(
        ClientSettings settings, bool noFollow, bool noAck, string? room, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);

        // Of each conversation the newest: its mark covers those before. One that fails says nothing of the others.
        var acknowledged = new Dictionary<string, Task>(StringComparer.Ordinal);
        try
        {
            await foreach (var delivery in opened.Session.ReceiveAsync(cancellationToken))
            {
                if (delivery is Delivery.CaughtUp && noFollow)
                {
                    break;
                }

                if (Print(settings, delivery, room) is { } printed && !noAck)
                {
                    acknowledged[printed.Conversation] = opened.Session.AcknowledgeAsync(
                        printed.Conversation, printed.Sequence, CancellationToken.None);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await EndAcknowledgingAsync(Task.WhenAll(acknowledged.Values));
            throw;
        }

        await Task.WhenAll(acknowledged.Values);
        return ExitCodes.Ok;
    }

    /// <summary>What was printed is told to the cluster if that is quick; else it comes again.</summary>
    private static async Task EndAcknowledgingAsync(Task acknowledged)
    {
        try
        {
            await acknowledged.WaitAsync(LastAcknowledgementPatience);
        }
        catch (Exception failure) when (failure is ParleyException or TimeoutException)
        {
            // The program was told to stop: nothing waits for this any longer.
        }
    }

    /// <summary>What may be acknowledged now; what is gone is acknowledged by being told.</summary>
    private static (string Conversation, long Sequence)? Print(
        ClientSettings settings, Delivery delivery, string? room)
    {
        switch (delivery)
        {
            case Delivery.Arrived { Own: false, Message: var message } when room is null || message.To == room:
                settings.WriteLine(settings.Json ? JsonLines.Message(message) : MessageText.Of(message));
                return (message.Conversation, message.Sequence);
            case Delivery.Gone gone when room is null || gone.Room == room:
                settings.Say($"{Sanitizer.Line(gone.Room)}: {gone.FirstSequence} to {gone.LastSequence} are gone");
                return (gone.Conversation, gone.LastSequence);
            default:
                return null;
        }
    }
}

/// <summary>A message as a line for people.</summary>
internal static class MessageText
{
    public static string Of(ChatMessage message) =>
        $"{JsonLines.Time(message.SentAt)} {Sanitizer.Line(message.From)} → {Sanitizer.Line(message.To)} " +
        $"#{message.Sequence}: {Sanitizer.Lines(message.Text)}";
}
