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
        var markRead = new Option<bool>("--mark-read")
        {
            Description = "What is printed and acknowledged counts as read, and its senders are told",
        };
        var room = new Option<string?>("--room")
        {
            Description = "Print this room alone; what else there is stays undelivered",
            HelpName = "ROOM",
        };
        var with = new Option<string?>("--with")
        {
            Description = "Print what this account writes to one alone; what else there is stays undelivered",
            HelpName = "NAME",
        };
        var after = new Option<long?>("--after")
        {
            Description = "With --room or --with: begin behind this message, also with what was delivered before",
            HelpName = "SEQUENCE",
        };
        var changes = new Option<bool>("--changes")
        {
            Description = "Print what was printed before, or acknowledged, again when it is edited or deleted",
        };
        var command = new Command("tail", "Print what arrives, oldest undelivered first")
        {
            noFollow, noAck, markRead, room, with, after, changes,
        };
        var noReceipts = Disclosure.ReadReceipts.AddTo(command);
        var noPresence = Disclosure.Presence.AddTo(command);
        var options = ClientOptions.AddTo(command);
        Check(command, (noAck, markRead), (room, with, after));
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed) with
            {
                ReadReceipts = Disclosure.ReadReceipts.IsWanted(parsed, noReceipts),
                ShowsPresence = Disclosure.Presence.IsWanted(parsed, noPresence),
            },
            new TailSettings(
                parsed.GetValue(noFollow), parsed.GetValue(noAck), parsed.GetValue(markRead),
                parsed.GetValue(room) is { } name ? RoomText.NameOf(name) : parsed.GetValue(with)?.ToLowerInvariant())
            {
                Changes = parsed.GetValue(changes),
                After = parsed.GetValue(after),
            },
            cancellationToken));
        return command.WithExamples(
            "parley tail",
            "parley tail --room ops --after 1042",
            "parley tail --no-follow --mark-read -o json --as bob");
    }

    private static void Check(
        Command command,
        (Option<bool> NoAck, Option<bool> MarkRead) acknowledging,
        (Option<string?> Room, Option<string?> With, Option<long?> After) place)
    {
        command.Validators.Add(result =>
        {
            if (result.GetValue(acknowledging.NoAck) && result.GetValue(acknowledging.MarkRead))
            {
                result.AddError("--mark-read: what is read is acknowledged; leave --no-ack away");
            }

            var places = new[] { result.GetValue(place.Room), result.GetValue(place.With) }.OfType<string>().Count();
            if (places > 1)
            {
                result.AddError("--room or --with expected, both found; leave one out");
            }

            if (result.GetValue(place.After) is { } sequence && (places == 0 || sequence < 0))
            {
                result.AddError("--after: the number of a message, 0 or more, with --room or --with, is expected");
            }
        });
    }

    private static async Task<int> RunAsync(
        ClientSettings settings, TailSettings tail, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);

        // Of each conversation the newest: its mark covers those before. One that fails says nothing of the others.
        var acknowledged = new Dictionary<string, Task>(StringComparer.Ordinal);
        var history = tail.After is null ? null : new TailHistory(settings, opened.Session, tail);
        var deliveries = history is null
            ? opened.Session.ReceiveAsync(cancellationToken)
            : history.ReceiveAsync(cancellationToken);
        try
        {
            await foreach (var delivery in deliveries)
            {
                if (delivery is Delivery.CaughtUp && tail.NoFollow)
                {
                    break;
                }

                if (tail.Changes && delivery is Delivery.Changed changed)
                {
                    PrintChange(settings, changed.Message, tail);
                }
                else if (Print(settings, delivery, tail, history) is { } told && !tail.NoAck)
                {
                    acknowledged[told.Conversation] = AcknowledgeAsync(
                        opened.Session, told.Conversation, told.Sequence, tail.MarkRead);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await EndAcknowledgingAsync(EndAsync(opened.Session, acknowledged.Values));
            throw;
        }

        await EndAsync(opened.Session, acknowledged.Values);
        return ExitCodes.Ok;
    }

    /// <summary>What is read was delivered first.</summary>
    private static async Task AcknowledgeAsync(
        ParleySession session, string conversation, long sequence, bool markRead)
    {
        await session.AcknowledgeAsync(conversation, sequence, CancellationToken.None);
        if (markRead)
        {
            session.MarkReadSoon(conversation, sequence);
        }
    }

    private static async Task EndAsync(ParleySession session, IEnumerable<Task> acknowledged)
    {
        try
        {
            await Task.WhenAll(acknowledged);
        }
        finally
        {
            await session.FlushReadMarksAsync(CancellationToken.None);
        }
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

    private static void PrintChange(ClientSettings settings, ChatMessage? message, TailSettings tail)
    {
        if (message is null)
        {
            settings.Say("some messages were edited or deleted, and it is not known which: parley history has them");
        }
        else if (tail.Means(message))
        {
            settings.WriteResult(() => JsonLines.Message(message), () => MessageText.Of(message));
        }
    }

    /// <summary>What may be acknowledged now; what is gone is acknowledged by being told.</summary>
    private static (string Conversation, long Sequence)? Print(
        ClientSettings settings, Delivery delivery, TailSettings tail, TailHistory? history)
    {
        switch (delivery)
        {
            case Delivery.Arrived { Own: false, Message: var message } when tail.Means(message):
                if (history?.Has(message) != true)
                {
                    settings.WriteResult(() => JsonLines.Message(message), () => MessageText.Of(message));
                }

                return (message.Conversation, message.Sequence);
            case Delivery.Gone gone when tail.Only is null || gone.Room == tail.Only:
                settings.Say($"{Sanitizer.Line(gone.Room)}: {gone.FirstSequence} to {gone.LastSequence} are gone");
                return (gone.Conversation, gone.LastSequence);
            default:
                return null;
        }
    }
}

/// <summary>What <c>tail</c> prints and tells.</summary>
/// <param name="NoFollow">End after what is there.</param>
/// <param name="NoAck">It will be delivered again.</param>
/// <param name="MarkRead">What was acknowledged was read.</param>
/// <param name="Only">A room with its '#', or an account: what is said elsewhere stays undelivered; null: all.</param>
internal sealed record TailSettings(bool NoFollow, bool NoAck, bool MarkRead, string? Only)
{
    /// <summary>Begin behind this message of <see cref="Only"/>; null: with what is undelivered.</summary>
    public long? After { get; init; }

    /// <summary>Also what was edited or deleted after it was printed or acknowledged.</summary>
    public bool Changes { get; init; }

    /// <summary>It is to be printed.</summary>
    public bool Means(ChatMessage message) => Only is null
        || (RoomText.IsRoom(message.To) ? message.To == Only : message.From == Only);
}

/// <summary>A message as a line for people.</summary>
internal static class MessageText
{
    /// <summary>Ids, times, names; then the text, behind the colon. What the program says of a message stands before
    /// it, where nobody's text can.</summary>
    public static string Of(ChatMessage message)
    {
        var state = message.DeletedAt is not null ? $" deleted by {Sanitizer.Line(message.DeletedBy ?? message.From)}"
            : message.EditedAt is not null ? " edited"
            : "";
        var head = $"{JsonLines.Time(message.SentAt)} {Sanitizer.Line(message.From)} → {Sanitizer.Line(message.To)} "
            + $"#{message.Sequence}{state}:";
        return message.Text.Length == 0 ? head : $"{head} {Sanitizer.Lines(message.Text)}";
    }
}
