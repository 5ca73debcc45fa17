using Parley.Core;
using Parley.Simulation.Checks;
using Parley.Simulation.Time;

namespace Parley.Simulation.Clients;

/// <summary>What clients do that they should not: hang, never acknowledge, ask for what is not theirs.</summary>
internal sealed partial class SimulatedClient
{
    private long hungUntilUs;

    private bool IsHung => hungUntilUs > world.Time.NowUs;

    /// <summary>One that acknowledges nothing: everything is sent to it again on each stream.</summary>
    private bool IsLazy => world.Scenario.Client.FirstNeverAcknowledges && !world.IsHealed && this == world.Clients[0];

    /// <summary>Takes nothing for a while; what comes waits in its connection.</summary>
    public void Hang()
    {
        world.Hit(Failpoint.ClientHung);
        hungUntilUs = world.Time.NowUs + world.Random.Between(0, world.Scenario.Client.HangUs);
    }

    /// <summary>All faults are over, its own as well.</summary>
    public void Healed()
    {
        hungUntilUs = 0;
        AcknowledgeSoon();
    }

    /// <summary>Asks for something that must be refused and change nothing.</summary>
    public void DoMischief()
    {
        if (!hasSession || client == 0 || AnyProcess() is not { } process)
        {
            return;
        }

        var (request, expected, point) = world.Random.Between(0, 2) switch
        {
            0 when answered.Count > 0 => ReuseOfAnId(),
            1 => ASkippedCounter(),
            _ => AMarkBeyondTheHead(),
        };
        if (request is null)
        {
            return;
        }

        var side = process.Connect();
        side.Call(request, reply =>
        {
            side.Close();
            if (reply is Reply.Decided { Outcome: var outcome })
            {
                MischiefAnswered(request, outcome, expected, point);
            }
        });
        world.Time.After(3 * VirtualTime.Second, side.Close);
    }

    private void LoginElsewhere()
    {
        if (AnyProcess() is { } process)
        {
            world.Note($"{Name} logs in elsewhere");
            var side = process.Connect();
            side.Call(new Request.Login(Name, DrawBytes(32)) { SeenIndex = seenIndex }, _ => side.Close());
            world.Time.After(3 * VirtualTime.Second, side.Close);
        }
    }

    private (Request? Request, Rejection Expected, Failpoint Point) ReuseOfAnId()
    {
        var (number, line, _) = world.Random.Pick(answered);
        var other = line with { Text = $"{line.Text}, but not this", ContentHash = DrawBytes(16) };
        return (
            new Request.Send(tokenHash, number, other) { SeenIndex = seenIndex },
            Rejection.MessageIdReused,
            Failpoint.IdReuseRefused);
    }

    private (Request? Request, Rejection Expected, Failpoint Point) ASkippedCounter()
    {
        var line = new Line(lastCounter + 1_000_000, Name, "never to be stored", DrawBytes(16));
        return (
            new Request.Send(tokenHash, client, line) { SeenIndex = seenIndex },
            Rejection.OutOfOrder,
            Failpoint.CounterSkipRefused);
    }

    private (Request? Request, Rejection Expected, Failpoint Point) AMarkBeyondTheHead() => shownUpTo.Count == 0
        ? default
        : (
            new Request.Acknowledge(tokenHash, [new(shownUpTo.Keys.Min(), 1_000_000)]) { SeenIndex = seenIndex },
            Rejection.BeyondHead,
            Failpoint.MarkBeyondHeadRefused);

    private void MischiefAnswered(Request request, Outcome outcome, Rejection expected, Failpoint point)
    {
        if (outcome is Outcome.MessageStored { Conversation: 0 })
        {
            return; // A planted bug answers before Apply has decided anything; what comes of that is another check's.
        }

        if (outcome is not Outcome.Rejected { Reason: var reason })
        {
            throw new PropertyBrokenException(
                Properties.NoPhantom, $"{Name} asked for {request}, {expected} was expected, {outcome} came");
        }

        // Session and time are looked at before; a counter long answered is told as such.
        if (reason == expected)
        {
            world.Hit(point);
        }
        else if (reason is not (Rejection.SessionEnded or Rejection.TooLate or Rejection.AlreadyAnswered
            or Rejection.ClientForgotten))
        {
            throw new PropertyBrokenException(
                Properties.NothingDoubled, $"{Name} asked for {request}, {expected} was expected, {reason} came");
        }
    }
}
