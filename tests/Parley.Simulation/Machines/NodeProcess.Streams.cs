using Parley.Core;
using Parley.Core.Delivery;
using Parley.Simulation.Clients;
using Parley.Simulation.Faults;
using Parley.Simulation.Network;

namespace Parley.Simulation.Machines;

/// <summary>Delivery streams: opened by a command, rung by the applier, read from the own state.</summary>
internal sealed partial class NodeProcess
{
    private const int PageBytesMax = 1 << 16;

    private readonly List<DeliveryStream> streams = [];

    private void OpenStream(
        ClientConnection connection, Request.OpenStream request, SessionFacts session, Action<Reply> answer)
    {
        Propose(connection, Opened, null, Commands.Of(request, session));

        void Opened(Reply reply)
        {
            answer(reply);
            if (reply is Reply.Decided { Outcome: Outcome.Done } && connection.IsOpen)
            {
                var stream = new DeliveryStream(
                    connection, session.Number, session.Account, request);
                streams.Add(stream);
                Resume(stream);
                ReadLater(stream);
            }
        }
    }

    private void Ring(ApplyResult result)
    {
        foreach (var opened in result.OpenedStreams)
        {
            streams.RemoveAll(s => s.Session == opened.Session && s.Number < opened.StreamNumber);
        }

        if (streams.Count == 0)
        {
            return;
        }

        foreach (var ended in streams.Where(s => result.EndedSessions.Contains(s.Session)).ToArray())
        {
            streams.Remove(ended);
            ended.Connection.ToClient(ended.Ended);
        }

        foreach (var stream in streams)
        {
            if (result.AccountsToRing.Contains(stream.Account))
            {
                ReadLater(stream);
            }
        }
    }

    private void ReadLater(DeliveryStream stream)
    {
        if (!stream.IsReadDue)
        {
            stream.IsReadDue = true;
            world.Time.After(world.Random.Between(10, 1_000), () => WhenAwake(() => Read(stream)));
        }
    }

    private void Read(DeliveryStream stream)
    {
        stream.IsReadDue = false;
        if (!stream.Connection.IsOpen || !streams.Contains(stream))
        {
            return;
        }

        var page = Reader.ReadDelivery(stream.Account, stream.Cursor, world.Random.Between(1, 50), PageBytesMax);
        if (world.Trace.IsVerbose)
        {
            Note($"stream {stream.Number} of account {stream.Account}: {Describe(page)} at {page.AppliedIndex}");
        }

        if (page.Messages.Count > 0)
        {
            stream.Connection.ToClient(() => stream.Deliver(page));
            AcknowledgeForClient(stream, page);
        }

        if (page.HasMore)
        {
            ReadLater(stream);
        }
    }

    private static string Describe(DeliveryPage page) =>
        string.Join(' ', page.Messages.Select(m => $"{m.Conversation}/{m.Sequence}"))
        + (page.HasMore ? " and more" : "");

    /// <summary>A planted bug: a new stream begins at the head.</summary>
    private void Resume(DeliveryStream stream)
    {
        if (world.Plant == Plant.DropOnResume)
        {
            while (Reader.ReadDelivery(stream.Account, stream.Cursor, 1_000, 1 << 20).HasMore)
            {
            }
        }
    }

    /// <summary>A planted bug: what was sent counts as delivered.</summary>
    private void AcknowledgeForClient(DeliveryStream stream, DeliveryPage page)
    {
        if (world.Plant == Plant.AcknowledgedOnSending)
        {
            var marks = page.Messages.GroupBy(m => m.Conversation).Select(
                g => KeyValuePair.Create(g.Key, g.Max(m => m.Sequence)));
            Propose(Commands.Of(stream.Session, marks), copyKey: null, _ => { });
        }
    }

    /// <summary>A client's open stream and what it was sent.</summary>
    private sealed class DeliveryStream(
        ClientConnection connection, long session, long account, Request.OpenStream request)
    {
        public ClientConnection Connection { get; } = connection;

        public long Session { get; } = session;

        public long Account { get; } = account;

        public long Number { get; } = request.StreamNumber;

        public Action<DeliveryPage> Deliver { get; } = request.Deliver;

        public Action Ended { get; } = request.Ended;

        public DeliveryCursor Cursor { get; } = new(request.Received);

        public bool IsReadDue { get; set; }
    }
}
