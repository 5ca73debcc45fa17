using System.Buffers.Binary;
using Parley.Core;
using Parley.Simulation.Checks;
using Parley.Simulation.Faults;
using Parley.Simulation.Time;

namespace Parley.Simulation.Clients;

/// <summary>Writing: counters, the outbox, pipelining, repeating.</summary>
internal sealed partial class SimulatedClient
{
    private const int AnsweredKept = 200;

    /// <summary>A person stops writing when nothing gets through; more would measure throughput, not safety.</summary>
    private const int OutboxMax = 80;

    private readonly SortedDictionary<ulong, Line> outbox = [];
    private readonly List<(ulong Client, Line Line, Outcome Outcome)> answered = [];

    private ulong client;
    private ulong lastCounter;
    private ulong sentUpTo;
    private ulong attemptedUpTo;
    private bool isHolding;
    private int linesInFlight;
    private int linesWritten;
    private int sideCalls;

    private ulong FirstUnanswered => outbox.Count == 0 ? lastCounter + 1 : outbox.First().Key;

    /// <summary>Sends a line that was answered long ago once more, to any node.</summary>
    public void RepeatLate()
    {
        if (answered.Count == 0 || !hasSession || AnyProcess() is not { } process)
        {
            return;
        }

        var (number, line, outcome) = world.Random.Pick(answered);
        CallAside(
            process.Connect(),
            new Request.Send(tokenHash, number, line) { SeenIndex = seenIndex },
            reply => RepeatAnswered(line, outcome, reply));
    }

    private void RepeatAnswered(Line line, Outcome first, Reply reply)
    {
        if (reply is not Reply.Decided { Outcome: var again })
        {
            return;
        }

        // Only Apply settles a counter: these come before the id is looked at, or name one that is long gone.
        if (again is Outcome.Rejected { Reason: Rejection.TooLate or Rejection.SessionEnded })
        {
            return;
        }

        if (again is Outcome.Rejected { Reason: Rejection.AlreadyAnswered }
            && line.Counter + (ulong)Limits.ClientOutcomesMax <= lastCounter)
        {
            return;
        }

        world.Hit(Failpoint.RepeatAnswered);
        world.Chat.AnsweredAgain(line, first, again);
    }

    private void Think()
    {
        if (world.IsHealed)
        {
            return;
        }

        if (client != 0 && !IsHung)
        {
            for (var count = world.Random.Between(1, world.Scenario.Client.BurstMax); count > 0; count--)
            {
                Write();
            }

            SendMore();
        }

        world.Time.After(world.Random.Exponential(world.Scenario.Client.ThinkMeanUs), Think);
    }

    /// <summary>After healing: one line more, which must get through.</summary>
    public void WriteOne()
    {
        Write();
        SendMore();
    }

    private void Write()
    {
        if (outbox.Count >= OutboxMax)
        {
            return;
        }

        string recipient;
        do
        {
            recipient = world.Random.Pick(world.Clients).Name;
        }
        while (recipient == Name);

        var hash = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(hash, world.Random.Next());
        var line = new Line(++lastCounter, recipient, $"{Name} to {recipient}, line {++linesWritten}", hash);
        outbox.Add(line.Counter, line);
        world.Chat.Wrote(Name, line);
    }

    /// <summary>With an empty outbox a client may go on under the number its new login brought.</summary>
    private void TakeClientNumber(Outcome.LoggedIn login)
    {
        if (client == login.Client)
        {
            if (login.LastCounter + 1 < FirstUnanswered)
            {
                throw new PropertyBrokenException(Properties.NothingLost,
                    $"{Name} client {client} stands at {login.LastCounter}, answered up to {FirstUnanswered - 1}");
            }
        }
        else if (client == 0 || (outbox.Count == 0 && world.Random.Chance(0.5)))
        {
            client = login.Client;
            lastCounter = login.LastCounter;
            attemptedUpTo = lastCounter;
            answered.Clear();
        }
    }

    /// <summary>On a new connection everything unanswered is sent again, in order, with its ids.</summary>
    private void RepeatUnanswered()
    {
        sentUpTo = FirstUnanswered - 1;
        isHolding = false;
        linesInFlight = 0;
        if (world.Plant == Plant.RepeatUnderNewIds && attemptedUpTo > sentUpTo)
        {
            Call(new Request.OpenClient(tokenHash, DrawBytes(16)) { SeenIndex = seenIndex }, reply =>
            {
                if (reply is Reply.Decided { Outcome: Outcome.ClientOpened opened })
                {
                    Renumber(opened.Client);
                    SendMore();
                }
            });
            return;
        }

        SendMore();
    }

    private void SendMore()
    {
        if (connection is null || !hasSession || isHolding)
        {
            return;
        }

        var last = FirstUnanswered + (ulong)world.Scenario.Client.InFlightMax - 1;
        foreach (var line in outbox.Values)
        {
            if (line.Counter > last)
            {
                break;
            }

            if (line.Counter > sentUpTo)
            {
                sentUpTo = line.Counter;
                attemptedUpTo = Math.Max(attemptedUpTo, sentUpTo);
                var number = client;
                linesInFlight++;
                Call(
                    new Request.Send(tokenHash, client, line) { SeenIndex = seenIndex },
                    reply => SendAnswered(number, line, reply));
            }
        }
    }

    private void SendAnswered(ulong number, Line line, Reply reply)
    {
        linesInFlight--;
        if (number != client || !outbox.ContainsKey(line.Counter))
        {
            RewindWhenAllIsAnswered();
            return;
        }

        switch (reply)
        {
            case Reply.Decided { Outcome: Outcome.MessageStored stored }:
                Settled(line, stored);
                break;
            case Reply.Decided { Outcome: Outcome.Rejected { Reason: Rejection.NotFound or Rejection.InboxFull } no }:
                Settled(line, no);
                break;
            case Reply.Decided { Outcome: Outcome.Rejected { Reason: Rejection.OutOfOrder or Rejection.TooLate } }:
            case Reply.NotDone:
                isHolding = true;
                break;
            case Reply.Unauthenticated:
            case Reply.Decided { Outcome: Outcome.Rejected { Reason: Rejection.SessionEnded } }:
                SessionEnded();
                break;
            default:
                throw new PropertyBrokenException(Properties.NothingDoubled,
                    $"{Name} client {client}: unanswered '{line.Text}' with counter {line.Counter} got {reply}");
        }

        RewindWhenAllIsAnswered();
    }

    private void Settled(Line line, Outcome outcome)
    {
        outbox.Remove(line.Counter);
        answered.Add((client, line, outcome));
        if (answered.Count > AnsweredKept)
        {
            answered.RemoveAt(world.Random.Between(0, AnsweredKept - 1));
        }

        world.Chat.Answered(line, outcome);
        world.Trace.Mix(TraceKind.Answered, world.Time.NowUs, nodeNumber, (long)line.Counter);
        Progress();
        SendMore();
        Injector.AtAnswer(world);
    }

    /// <summary>As the library does: after a refusal nothing more is sent before all in flight is answered; then the
    /// first unanswered one comes first.</summary>
    private void RewindWhenAllIsAnswered()
    {
        if (!isHolding || linesInFlight > 0)
        {
            return;
        }

        var asked = connection;
        world.Time.After(world.Random.Between(10, 100) * VirtualTime.Millisecond, () =>
        {
            if (connection == asked && isHolding && linesInFlight == 0)
            {
                isHolding = false;
                sentUpTo = FirstUnanswered - 1;
                SendMore();
            }
        });
    }

    /// <summary>The planted bug: the same lines under other ids.</summary>
    private void Renumber(ulong number)
    {
        client = number;
        lastCounter = 0;
        Line[] lines = [.. outbox.Values];
        outbox.Clear();
        foreach (var line in lines)
        {
            var renumbered = line with { Counter = ++lastCounter };
            outbox.Add(renumbered.Counter, renumbered);
        }

        sentUpTo = 0;
        attemptedUpTo = lastCounter;
    }
}
