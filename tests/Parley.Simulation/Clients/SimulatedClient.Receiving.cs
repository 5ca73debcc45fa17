using Parley.Core;
using Parley.Simulation.Checks;
using Parley.Simulation.Time;

namespace Parley.Simulation.Clients;

/// <summary>Receiving: streams, showing each message once, acknowledging, reading.</summary>
internal sealed partial class SimulatedClient
{
    private readonly Dictionary<long, long> shownUpTo = [];
    private readonly Dictionary<long, long> acknowledgedUpTo = [];
    private readonly Dictionary<long, long> acknowledgementSentUpTo = [];
    private readonly Dictionary<long, long> streamUpTo = [];

    // What the newest stream was told that this client has: by every other one, so that both ways are tried.
    private Dictionary<long, long> claimed = [];

    private long streamNumber;
    private bool isStreamOpen;
    private bool isAcknowledgementDue;
    private bool isAcknowledging;

    private bool HasUnacknowledged =>
        shownUpTo.Any(s => acknowledgedUpTo.GetValueOrDefault(s.Key) < s.Value);

    private bool HasSeenAll =>
        world.Chat.ConversationsOf(Name).All(c => world.Chat.IsHead(c, ShownUpTo(c)));

    private string DescribeMissing() => string.Join(
        ", ",
        world.Chat.ConversationsOf(Name).Where(c => !world.Chat.IsHead(c, ShownUpTo(c)))
            .Select(c => $"conversation {c} after {ShownUpTo(c)}"));

    public long ShownUpTo(long conversation) => shownUpTo.GetValueOrDefault(conversation);

    /// <summary>Reads a conversation at any node: the answer must hold everything answered before the call.</summary>
    public void ReadFresh()
    {
        if (!hasSession || AnyProcess() is not { } process)
        {
            return;
        }

        var side = process.Connect();
        var answeredBefore = world.Chat.HighestAnsweredIndex;
        var askedAtUs = world.Time.NowUs;
        var with = world.Random.Pick(world.Clients).Name;
        side.Call(
            new Request.Read(tokenHash, with, world.Random.Between(0, 30)) { SeenIndex = 0 },
            reply =>
            {
                side.Close();
                if (reply is not Reply.History { Page: var page })
                {
                    return;
                }

                if (page.AppliedIndex < answeredBefore)
                {
                    throw new PropertyBrokenException(Properties.FreshReads,
                        $"{Name} reads at {page.AppliedIndex}, {answeredBefore} was answered before");
                }

                foreach (var message in page.Messages)
                {
                    world.Chat.Changes.Shown(Name, message, askedAtUs, world.Time.NowUs);
                }
            });
        world.Time.After(3 * VirtualTime.Second, side.Close);
    }

    private void OpenStream()
    {
        isStreamOpen = false;
        isAcknowledging = false;
        streamUpTo.Clear();
        var asked = connection;
        var askedAtUs = world.Time.NowUs;
        claimed = ++streamNumber % 2 == 0 ? new(shownUpTo) : [];
        Call(
            new Request.OpenStream(
                tokenHash, streamNumber, claimed, page => Deliver(asked, page, askedAtUs), () => StreamEnded(asked))
            {
                SeenIndex = seenIndex,
            },
            StreamAnswered);
    }

    /// <summary>A login of its own that came late, say, has taken the session's place.</summary>
    private void StreamEnded(object? asked)
    {
        if (connection == asked)
        {
            world.Hit(Failpoint.SessionEndedUnderStream);
            SessionEnded();
        }
    }

    private void StreamAnswered(Reply reply)
    {
        switch (reply)
        {
            case Reply.Decided { Outcome: Outcome.Done }:
                isStreamOpen = true;
                Progress();
                AcknowledgeSoon();
                break;
            case Reply.Decided { Outcome: Outcome.Rejected { Reason: Rejection.StreamReplaced } }:
                // The first answer was lost, or the number is old: a larger one is taken.
                OpenStream();
                break;
            case Reply.Unauthenticated:
            case Reply.Decided { Outcome: Outcome.Rejected { Reason: Rejection.SessionEnded } }:
                SessionEnded();
                break;
            default:
                PauseAndWalk();
                break;
        }
    }

    private void Deliver(object? asked, DeliveryPage page, long askedAtUs)
    {
        if (connection != asked)
        {
            return;
        }

        seenIndex = Math.Max(seenIndex, page.AppliedIndex);
        foreach (var message in page.Messages)
        {
            world.Chat.Delivered(Name, message);
            world.Chat.Changes.Shown(Name, message, askedAtUs, world.Time.NowUs);
            if (message.DeletedAtUs > 0)
            {
                world.Hit(Failpoint.TombstoneDelivered);
            }

            world.Trace.Mix(TraceKind.Delivered, world.Time.NowUs, nodeNumber, message.Sequence);
            Show(message.Conversation, message.Sequence);
        }

        AcknowledgeSoon();
    }

    private void Show(long conversation, long sequence)
    {
        // A stream goes on after max(last sent, delivered mark): an earlier acknowledgement may arrive in between.
        var inStream = streamUpTo.GetValueOrDefault(conversation);
        var expected = Math.Max(inStream, acknowledgementSentUpTo.GetValueOrDefault(conversation)) + 1;
        if (inStream > 0 && (sequence <= inStream || sequence > expected))
        {
            throw new PropertyBrokenException(Properties.Delivery,
                $"{Name} got {sequence} after {inStream} on one stream");
        }

        if (sequence <= claimed.GetValueOrDefault(conversation))
        {
            throw new PropertyBrokenException(Properties.Delivery,
                $"{Name} got {sequence} again, which it said it has");
        }

        streamUpTo[conversation] = sequence;
        var shown = ShownUpTo(conversation);
        if (sequence > shown + 1)
        {
            throw new PropertyBrokenException(Properties.Delivery, $"{Name} got {sequence}, shown was {shown}");
        }

        shownUpTo[conversation] = Math.Max(shown, sequence);
    }

    private void AcknowledgeSoon()
    {
        if (!isAcknowledgementDue && !IsLazy && HasUnacknowledged)
        {
            isAcknowledgementDue = true;
            world.Time.After(world.Random.Exponential(world.Scenario.Client.AcknowledgeMeanUs), Acknowledge);
        }
    }

    private void Acknowledge()
    {
        isAcknowledgementDue = false;
        if (!isStreamOpen || !hasSession)
        {
            return;
        }

        KeyValuePair<long, long>[] marks =
            [.. shownUpTo.Where(s => acknowledgedUpTo.GetValueOrDefault(s.Key) < s.Value)];
        if (marks.Length == 0)
        {
            return;
        }

        foreach (var (conversation, sequence) in marks)
        {
            acknowledgementSentUpTo[conversation] = sequence;
        }

        isAcknowledging = true;
        if (world.Trace.IsVerbose)
        {
            world.Note($"{Name} acknowledges {string.Join(' ', marks.Select(m => $"{m.Key}/{m.Value}"))}");
        }

        Call(
            new Request.Acknowledge(tokenHash, marks) { SeenIndex = seenIndex },
            reply => AcknowledgeAnswered(marks, reply));
    }

    private void AcknowledgeAnswered(KeyValuePair<long, long>[] marks, Reply reply)
    {
        isAcknowledging = false;
        switch (reply)
        {
            case Reply.Decided { Outcome: Outcome.Done }:
                foreach (var (conversation, sequence) in marks)
                {
                    acknowledgedUpTo[conversation] = sequence;
                }

                MarkRead(marks);
                Progress();
                break;
            case Reply.Unauthenticated:
            case Reply.Decided { Outcome: Outcome.Rejected { Reason: Rejection.SessionEnded } }:
                SessionEnded();
                break;
            case Reply.Decided { Outcome: Outcome.Rejected { Reason: not Rejection.TooLate } no }:
                throw new PropertyBrokenException(
                    Properties.Delivery, $"{Name} acknowledged what was delivered and got {no}");
            default:
                break;
        }

        AcknowledgeSoon();
    }

    /// <summary>Somebody reads some of what was acknowledged, at any node; now and then nobody is told. What the state
    /// asserts (no mark goes back, or beyond what was delivered) holds on every node.</summary>
    private void MarkRead(KeyValuePair<long, long>[] marks)
    {
        if (marks[0].Value % 2 != 0 || AnyProcess() is not { } process)
        {
            return;
        }

        var side = process.Connect();
        side.Call(
            new Request.MarkRead(tokenHash, marks[0].Value % 3 == 0, marks) { SeenIndex = 0 },
            reply =>
            {
                side.Close();
                if (reply is Reply.Decided
                    {
                        Outcome: Outcome.Rejected { Reason: not (Rejection.SessionEnded or Rejection.TooLate) } no
                    })
                {
                    throw new PropertyBrokenException(
                        Properties.Delivery, $"{Name} read what it had acknowledged and got {no}");
                }

                world.Hit(reply is Reply.Decided { Outcome: Outcome.Done }
                    ? Failpoint.ReadMarkMoved
                    : Failpoint.ReadMarkNotTaken);
            });
        world.Time.After(3 * VirtualTime.Second, side.Close);
    }

    /// <summary>After a crash only what was acknowledged, as far as the client knows, counts as shown.</summary>
    private void ForgetShown()
    {
        foreach (var conversation in shownUpTo.Keys.ToArray())
        {
            shownUpTo[conversation] = acknowledgementSentUpTo.GetValueOrDefault(conversation);
        }
    }
}
