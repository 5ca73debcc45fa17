using System.Buffers.Binary;
using Parley.Core;
using Parley.Simulation.Checks;
using Parley.Simulation.Machines;
using Parley.Simulation.Network;
using Parley.Simulation.Time;

namespace Parley.Simulation.Clients;

/// <summary>
/// A person at a client: logs in, writes, reads, acknowledges, and walks to another node whenever one does not answer.
/// Its outbox and marks survive its own crashes, as on disk.
/// </summary>
internal sealed partial class SimulatedClient
{
    private const long WatchUs = 100 * VirtualTime.Millisecond;

    private static readonly string[] Names = ["alice", "bob", "carol", "dave"];

    private readonly World world;
    private readonly byte[] accountRequest;

    private ClientConnection? connection;
    private byte[] tokenHash;
    private byte[]? tokenBefore;
    private bool hasAccount;
    private bool hasSession;
    private bool isWalking;
    private long seenIndex;
    private long progressAtUs;
    private int nodeNumber;
    private int walksWithoutProgress;

    public SimulatedClient(World world, int number)
    {
        this.world = world;
        Name = Names[number];
        accountRequest = DrawBytes(16);
        tokenHash = DrawBytes(32);
        nodeNumber = world.Random.Between(0, world.Scenario.Nodes - 1);
        world.Time.After(world.Random.Between(0, VirtualTime.Second), Watch);
        world.Time.After(world.Random.Between(0, VirtualTime.Second), Think);
    }

    public string Name { get; }

    /// <summary>Nothing is left to do: everything written is answered, everything answered is shown and acknowledged.
    /// </summary>
    public bool IsSettled =>
        hasSession && isStreamOpen && connection is { IsOpen: true } && outbox.Count == 0 && sideCalls == 0
        && !HasUnacknowledged && HasSeenAll;

    /// <summary>For the report of a run that did not converge.</summary>
    public string Describe() =>
        $"{Name}: session {hasSession}, stream {isStreamOpen}, outbox {outbox.Count}, side calls {sideCalls}, "
        + $"unacknowledged {HasUnacknowledged}, missing {DescribeMissing()}, at node {connection?.NodeNumber}";

    /// <summary>Leaves the node for the next one, as when a deadline has passed.</summary>
    public void Walk()
    {
        connection?.Close();
        connection = null;
        isStreamOpen = false;
        if (!isWalking)
        {
            isWalking = true;
            nodeNumber++;
            walksWithoutProgress++;
            var rounds = walksWithoutProgress / world.Scenario.Nodes;
            var pauseMs = rounds == 0 ? 0 : world.Random.Between(0, 200L << Math.Min(rounds, 3));
            world.Time.After((pauseMs + 1) * VirtualTime.Millisecond, Connect);
        }
    }

    /// <summary>The client's process dies and starts again: what it had shown and not acknowledged it will see again.
    /// </summary>
    public void Restart()
    {
        world.Note($"{Name} restarts");
        ForgetShown();
        Walk();
    }

    /// <summary>Ends the session and logs in again; or another device does, and takes the session's place while a
    /// stream of it is open.</summary>
    public void LoginAgain()
    {
        if (hasSession && world.Random.Chance(0.5))
        {
            LoginElsewhere();
            return;
        }

        world.Note($"{Name} logs in again");
        tokenBefore = hasSession ? tokenHash : null;
        tokenHash = DrawBytes(32);
        hasSession = false;
        Walk();
    }

    private void Watch()
    {
        if (IsHung)
        {
            world.Time.After(hungUntilUs - world.Time.NowUs, Watch);
            return;
        }

        var deadline = VirtualTime.Second << Math.Min(walksWithoutProgress / world.Scenario.Nodes, 2);
        if (connection is null)
        {
            Walk();
        }
        else if (world.Time.NowUs - progressAtUs > deadline && IsWaiting)
        {
            Walk();
        }

        world.Time.After(WatchUs, Watch);
    }

    /// <summary>A stream has heartbeats: a connection that died in silence is noticed like a missing answer.</summary>
    private bool IsWaiting => !hasSession || !isStreamOpen || outbox.Count > 0 || isAcknowledging
        || connection is { IsOpen: false };

    private void Connect()
    {
        isWalking = false;
        progressAtUs = world.Time.NowUs;
        Machine[] serving = [.. world.Machines.Where(machine => machine.IsInService)];
        var machine = serving[nodeNumber % serving.Length];
        if (machine.Process is not { } process)
        {
            return;
        }

        var opened = process.Connect();
        opened.HungUntilUs = () => hungUntilUs;
        opened.Broken = () =>
        {
            if (connection == opened)
            {
                Walk();
            }
        };
        connection = opened;
        LogInOrResume();
    }

    private void LogInOrResume()
    {
        if (!hasAccount)
        {
            Call(new Request.CreateAccount(Name, accountRequest) { SeenIndex = seenIndex }, AccountAnswered);
        }
        else if (!hasSession)
        {
            Call(new Request.Login(Name, tokenHash) { SeenIndex = seenIndex }, LoginAnswered);
        }
        else
        {
            Resume();
        }
    }

    /// <summary>Asks on the current connection; answers on an older one count for nothing.</summary>
    private void Call(Request request, Action<Reply> answer)
    {
        var asked = connection;
        asked?.Call(request, reply =>
        {
            if (connection == asked)
            {
                if (reply is Reply.Decided decided)
                {
                    seenIndex = Math.Max(seenIndex, decided.LogIndex);
                }

                answer(reply);
            }
        });
    }

    private void AccountAnswered(Reply reply)
    {
        switch (reply)
        {
            case Reply.Decided { Outcome: Outcome.AccountCreated }:
                hasAccount = true;
                Progress();
                LogInOrResume();
                break;
            default:
                PauseAndWalk();
                break;
        }
    }

    private void LoginAnswered(Reply reply)
    {
        switch (reply)
        {
            case Reply.Decided { Outcome: Outcome.LoggedIn login }:
                LoggedIn(login);
                break;
            case Reply.Decided { Outcome: Outcome.Rejected { Reason: Rejection.TokenEnded } }:
                tokenHash = DrawBytes(32);
                LogInOrResume();
                break;
            default:
                PauseAndWalk();
                break;
        }
    }

    private void LoggedIn(Outcome.LoggedIn login)
    {
        hasSession = true;
        streamNumber = Math.Max(streamNumber, login.LastStream);
        TakeClientNumber(login);
        TryTokenBefore();
        Progress();
        Resume();
    }

    /// <summary>Once a newer login was answered, no node takes the token of the one before.</summary>
    private void TryTokenBefore()
    {
        if (tokenBefore is { } token && AnyProcess() is { } process)
        {
            var side = process.Connect();
            side.Call(new Request.Read(token, Name, 0) { SeenIndex = seenIndex }, reply =>
            {
                side.Close();
                if (reply is Reply.History)
                {
                    throw new PropertyBrokenException(
                        Properties.OneSession, $"{Name} reads by a token that a newer login has ended");
                }
            });
            world.Time.After(3 * VirtualTime.Second, side.Close);
        }

        tokenBefore = null;
    }

    private void Resume()
    {
        OpenStream();
        RepeatUnanswered();
    }

    /// <summary>The session has ended; a new login gets a new one.</summary>
    private void SessionEnded()
    {
        if (hasSession)
        {
            hasSession = false;
            tokenHash = DrawBytes(32);
            Walk();
        }
    }

    private void PauseAndWalk()
    {
        var asked = connection;
        world.Time.After(world.Random.Between(20, 300) * VirtualTime.Millisecond, () =>
        {
            if (connection == asked)
            {
                Walk();
            }
        });
    }

    private void Progress()
    {
        progressAtUs = world.Time.NowUs;
        walksWithoutProgress = 0;
    }

    private byte[] DrawBytes(int count)
    {
        var bytes = new byte[count];
        for (var offset = 0; offset < count; offset += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), world.Random.Next());
        }

        return bytes;
    }

    /// <summary>A node that is up, for calls beside the connection.</summary>
    private NodeProcess? AnyProcess() => world.Random.Pick(world.Machines).Process;
}
