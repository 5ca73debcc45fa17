using Parley.Raft;
using Parley.Simulation.Checks;
using Parley.Simulation.Machines;

namespace Parley.Simulation.Faults;

/// <summary>Makes the scenario's faults happen, until the run is healed.</summary>
internal static class Injector
{
    public static void Begin(World world)
    {
        var machine = world.Scenario.Machine;
        Repeat(world, machine.KillEveryUs, () => CrashOne(world));
        Repeat(world, machine.LeaveBehindEveryUs, () => LeaveBehind(world));
        Repeat(world, machine.AllLosePowerEveryUs, () => CrashMany(world, world.Machines, losesPower: true));
        Repeat(world, machine.PauseEveryUs, () => PauseOne(world));
        Repeat(world, machine.ClockJumpEveryUs, () => SetClock(world, world.Random.Pick(world.Machines)));
        Repeat(world, machine.TransferEveryUs, () => world.Random.Pick(world.Machines).Process?.TransferLeadership());
        Repeat(world, world.Scenario.Node.RaiseVersionEveryUs, () => RaiseVersion(world));
        Repeat(world, world.Scenario.Network.PartitionEveryUs, () => Partition(world));
        Repeat(world, world.Scenario.Network.FalseResetEveryUs, () => ResetFalsely(world));
        foreach (var one in world.Minority)
        {
            Repeat(world, world.Scenario.Disk.DamageEveryUs, one.Damage);
        }

        Repeat(world, world.Scenario.Client.StormEveryUs, () => Storm(world));
        foreach (var one in world.Machines)
        {
            SetClock(world, one);
            one.TickScale = 1 + (((world.Random.Fraction() * 2) - 1) * machine.TickSkew);
        }

        world.Operator.Begin();
        foreach (var client in world.Clients)
        {
            var habits = world.Scenario.Client;
            Repeat(world, habits.LateRepeatEveryUs, client.RepeatLate);
            Repeat(world, habits.ChangeEveryUs, client.ChangeOne);
            Repeat(world, habits.WalkEveryUs, client.Walk);
            Repeat(world, habits.RestartEveryUs, client.Restart);
            Repeat(world, habits.LoginAgainEveryUs, client.LoginAgain);
            Repeat(world, habits.ReadEveryUs, client.ReadFresh);
            Repeat(world, habits.HangEveryUs, client.Hang);
            Repeat(world, habits.MischiefEveryUs, client.DoMischief);
        }
    }

    /// <summary>Everything is well from here on; half of the time but for a minority, which stays dead until <see
    /// cref="Raise"/>.</summary>
    public static void Heal(World world)
    {
        world.Note("everything is healed");
        world.IsHealed = true;
        world.Network.Heal();
        if (world.Random.Chance(0.5))
        {
            foreach (var machine in world.Operator.MayStayDown())
            {
                world.Hit(Failpoint.MinorityLeftDown);
                machine.HoldDown();
            }
        }

        foreach (var machine in world.Machines)
        {
            machine.SetClock(world.Random.Between(-5_000, 5_000));
            machine.TickScale = 1;
            machine.Start();
        }

        foreach (var client in world.Clients)
        {
            client.Healed();
            for (var count = 0; count < 3; count++)
            {
                client.RepeatLate();
                client.ChangeAgain();
            }
        }
    }

    /// <summary>Who stayed dead comes back.</summary>
    public static void Raise(World world)
    {
        foreach (var machine in world.Machines.Where(machine => machine.IsHeldDown))
        {
            machine.LetUp();
        }
    }

    /// <summary>A client has its answer: the worst moment for it not to be true.</summary>
    public static void AtAnswer(World world)
    {
        if (world.IsHealed || !world.Random.Chance(world.Scenario.Machine.CrashAtAnswerRate))
        {
            return;
        }

        // Not inside the client's own step: the crash ends the connection it came on.
        world.Time.After(0, () =>
        {
            var losesPower = world.Random.Chance(0.5 + (world.Scenario.Machine.PowerLossShare / 2));
            switch (world.Random.Between(0, 2))
            {
                case 0:
                    CrashMany(world, world.Machines, losesPower);
                    break;
                case 1:
                    CrashMany(world, [.. world.Machines.Where(_ => world.Random.Chance(0.6))], losesPower);
                    break;
                default:
                    CrashMany(world, [.. world.Machines.Where(
                        m => m.Process?.Core.Role == RaftRole.Leader)], losesPower);
                    break;
            }
        });
    }

    private static void RaiseVersion(World world)
    {
        foreach (var machine in world.Machines)
        {
            machine.Process?.RaiseVersion();
        }
    }

    private static void Repeat(World world, long everyUs, Action fault)
    {
        if (everyUs > 0)
        {
            world.Time.After(world.Random.Exponential(everyUs), () =>
            {
                if (!world.IsHealed)
                {
                    fault();
                    Repeat(world, everyUs, fault);
                }
            });
        }
    }

    private static void Storm(World world)
    {
        world.Hit(Failpoint.ReconnectStorm);
        foreach (var client in world.Clients)
        {
            client.Walk();
        }
    }

    private static void CrashOne(World world)
    {
        var machine = world.Random.Pick(world.Machines);
        if (machine.IsUp)
        {
            machine.Crash(world.Random.Chance(world.Scenario.Machine.PowerLossShare));
        }
    }

    private static void LeaveBehind(World world)
    {
        var mostUs = world.Scenario.Machine.LeaveBehindUs;
        var downUs = world.Random.Between(mostUs / 2, mostUs);
        world.Random.Pick(world.Machines).Crash(losesPower: false, downUs);
    }

    private static void CrashMany(World world, IReadOnlyList<Machine> machines, bool losesPower)
    {
        world.Trace.Mix(TraceKind.Fault, world.Time.NowUs, machines.Count, losesPower ? 1 : 0);
        foreach (var machine in machines)
        {
            machine.Crash(losesPower);
        }
    }

    private static void PauseOne(World world)
    {
        if (world.Random.Pick(world.Machines).Process is { } process)
        {
            process.Note("is stopped for a while");
            process.Pause(world.Time.NowUs + world.Random.Between(0, world.Scenario.Machine.PauseUs));
        }
    }

    private static void SetClock(World world, Machine machine)
    {
        var skew = world.Scenario.Machine.ClockSkewUs;
        machine.SetClock(world.Random.Between(-skew, skew));
    }

    private static void ResetFalsely(World world)
    {
        var one = world.Random.Pick(world.Machines);
        var other = world.Random.Pick(world.Machines);
        if (one != other)
        {
            one.Process?.ConnectionReset(other.Id);
        }
    }

    /// <summary>Cuts each direction between two sides (or any pairs at all), for a while.</summary>
    private static void Partition(World world)
    {
        var count = world.Machines.Count;
        var sides = new bool[count + 1];
        var shape = world.Random.Between(0, 3);
        var alone = world.Random.Between(1, count);
        for (var node = 1; node <= count; node++)
        {
            sides[node] = world.Random.Chance(0.5);
        }

        for (var from = 1; from <= count; from++)
        {
            for (var to = 1; to <= count; to++)
            {
                var isCut = shape switch
                {
                    0 => sides[from] != sides[to],
                    1 => sides[from] && !sides[to],
                    2 => from == alone || to == alone,
                    _ => world.Random.Chance(0.4),
                };
                if (isCut && from != to)
                {
                    world.Network.Cut(from, to);
                }
            }
        }

        world.Trace.Mix(TraceKind.Fault, world.Time.NowUs, shape, 2);
        world.Note($"partition of shape {shape}");
        world.Time.After(world.Random.Between(0, world.Scenario.Network.PartitionUs), world.Network.Mend);
    }
}
