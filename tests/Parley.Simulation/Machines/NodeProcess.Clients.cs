using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Raft;
using Parley.Simulation.Checks;
using Parley.Simulation.Clients;
using Parley.Simulation.Faults;
using Parley.Simulation.Network;
using Parley.Simulation.Time;

namespace Parley.Simulation.Machines;

/// <summary>What the node does for its clients: it looks up sessions, everything else is decided by Apply.</summary>
internal sealed partial class NodeProcess
{
    private const long BehindUs = 500 * VirtualTime.Millisecond;

    private readonly List<ClientConnection> connections = [];
    private readonly Dictionary<long, (ClientConnection Connection, Action<Reply> Answer, Request.Read Request)> reads
        = [];

    private ChatReader? reader;
    private long readsMade;

    private ChatReader Reader => reader ??= state.OpenReader();

    public ClientConnection Connect()
    {
        var connection = new ClientConnection(world, this);
        connections.Add(connection);
        return connection;
    }

    public void Disconnected(ClientConnection connection)
    {
        connections.Remove(connection);
        streams.RemoveAll(s => s.Connection == connection);
        foreach (var proposal in proposals.Values.Where(p => p.Decided?.Target is Call call
            && call.Connection == connection).ToArray())
        {
            proposals.Remove(proposal.Number);
        }
    }

    public void Serve(ClientConnection connection, Request request, Action<Reply> answer) => WhenApplied(
        request.SeenIndex,
        BehindUs,
        () => ServeNow(connection, request, answer),
        () =>
        {
            world.Hit(Failpoint.NodeBehindClient);
            answer(Reply.NotDone.Instance);
        });

    private void ServeNow(ClientConnection connection, Request request, Action<Reply> answer)
    {
        if (!connection.IsOpen)
        {
            return;
        }

        switch (request)
        {
            case Request.CreateAccount create:
                Propose(connection, answer, null, Commands.Of(create));
                break;
            case Request.Login login:
                Login(connection, login, answer);
                break;
            case Request.Read read:
                Read(connection, read, answer);
                break;
            case Request.OpenClient open when Session(open.TokenHash) is { } session:
                Propose(connection, answer, null, Commands.Of(open, session));
                break;
            case Request.Send send when Session(send.TokenHash) is { } session:
                Propose(connection, answer, (send.Client, send.Line.Counter),
                    Commands.Of(send, session, state.Directory.FindAccount(send.Line.Recipient)));
                break;
            case Request.Acknowledge acknowledge when Session(acknowledge.TokenHash) is { } session:
                Propose(connection, answer, null, Commands.Of(session.Number, acknowledge.Marks));
                break;
            case Request.MarkRead read when Session(read.TokenHash) is { } session:
                if (state.StateVersion < StateVersions.ReadMarks)
                {
                    answer(Reply.NotDone.Instance);
                    break;
                }

                Propose(connection, answer, null, Commands.Of(session.Number, read));
                break;
            case Request.Change change when Session(change.TokenHash) is { } session:
                if (state.StateVersion < StateVersions.ChangedMessages)
                {
                    answer(Reply.NotDone.Instance);
                    break;
                }

                Propose(connection, answer, null, Commands.Of(session.Number, change.Wanted));
                break;
            case Request.OpenStream open when Session(open.TokenHash) is { } session:
                OpenStream(connection, open, session, answer);
                break;
            default:
                answer(Reply.Unauthenticated.Instance);
                break;
        }
    }

    private SessionFacts? Session(byte[] tokenHash) => state.Directory.FindSession(tokenHash);

    private void Login(ClientConnection connection, Request.Login login, Action<Reply> answer)
    {
        if (state.Directory.FindAccount(login.Name) is not { } account)
        {
            answer(Reply.NotDone.Instance);
            return;
        }

        Propose(connection, answer, null, Commands.Of(login, account));
    }

    private void Propose(ClientConnection connection, Action<Reply> answer, object? copyKey, LoggedCommand command)
    {
        var call = new Call(connection, answer);
        if (!Propose(command, copyKey, call.Decided))
        {
            answer(Reply.NotDone.Instance);
        }
    }

    /// <summary>Linearizable: what was committed when the call began is in the answer (dissertation §6.4).</summary>
    private void Read(ClientConnection connection, Request.Read request, Action<Reply> answer)
    {
        if (world.Plant == Plant.StaleRead)
        {
            AnswerRead(connection, request, answer);
            return;
        }

        reads.Add(++readsMade, (connection, answer, request));
        Core.ReadIndex(readsMade);
        PumpSoon();
    }

    private void ReadConfirmed(ReadOutcome outcome)
    {
        if (!reads.Remove(outcome.Number, out var read))
        {
            return;
        }

        world.Hit(outcome.Index is null ? Failpoint.ReadRefused : Failpoint.ReadConfirmed);
        if (outcome.Index is not { } index)
        {
            read.Answer(Reply.NotDone.Instance);
            return;
        }

        WhenApplied(
            index.Value,
            BehindUs,
            () => AnswerRead(read.Connection, read.Request, read.Answer),
            () => read.Answer(Reply.NotDone.Instance));
    }

    private void AnswerRead(ClientConnection connection, Request.Read request, Action<Reply> answer)
    {
        if (!connection.IsOpen)
        {
            return;
        }

        if (Session(request.TokenHash) is not { } session)
        {
            answer(Reply.Unauthenticated.Instance);
            return;
        }

        answer(new Reply.History(Reader.ReadHistory(
            session.Account, request.With, request.AfterSequence, 100, 1 << 20)));
    }

    private void BreakConnections(bool isTold)
    {
        foreach (var connection in connections.ToArray())
        {
            connection.Break(isTold);
        }
    }

    private void DropReaders()
    {
        reader?.Dispose();
        reader = null;
    }

    /// <summary>Someone on a connection who waits for what Apply decides.</summary>
    private sealed class Call(ClientConnection connection, Action<Reply> answer)
    {
        public ClientConnection Connection { get; } = connection;

        /// <summary>It was not taken, or what came before may be: repeating is safe.</summary>
        public void NotDone() => answer(Reply.NotDone.Instance);

        public void Decided(AppliedCommand command) => answer(new Reply.Decided(command.LogIndex, command.Outcome));
    }
}
