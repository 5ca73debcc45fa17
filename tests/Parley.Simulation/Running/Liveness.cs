using Parley.Raft;
using Parley.Simulation.Checks;
using Parley.Simulation.Faults;
using Parley.Simulation.Time;

namespace Parley.Simulation.Running;

/// <summary>
/// Something good must happen, in bounded virtual time, once faults are over: a majority has a leader, all that was
/// begun gets through, also while a minority stays dead, what is new gets through at once, and then nothing changes.
/// </summary>
internal static class Liveness
{
    /// <summary>After healing, nodes agree and outboxes are empty within this (C15 allows 30 s).</summary>
    private const long ConvergenceUs = 30 * VirtualTime.Second;

    /// <summary>What was slow or stopped at the moment of healing goes on for some seconds.</summary>
    private const long LeaderUs = 15 * VirtualTime.Second;
    private const long FreshUs = 10 * VirtualTime.Second;
    private const long QuietUs = 3 * VirtualTime.Second;
    private const long LookUs = 100 * VirtualTime.Millisecond;

    /// <summary>Below this an election time-out is within reach of a slow disk and a slow network together.</summary>
    private const int CalmElectionTicks = 30;
    private const long CalmDelayUs = 1_000;

    public static void Check(World world)
    {
        Within(world, LeaderUs, Properties.LeaderInTime, HasLeader);
        Within(world, ConvergenceUs, Properties.Convergence, HasConverged);
        Injector.Raise(world);
        Within(world, ConvergenceUs, Properties.Convergence, HasConverged);
        foreach (var client in world.Clients)
        {
            client.WriteOne();
        }

        Within(world, FreshUs, Properties.FreshProgress, HasConverged);
        StaysQuiet(world);
    }

    private static void Within(World world, long limitUs, string property, Func<World, bool> isTrue)
    {
        var endUs = world.Time.NowUs + limitUs;
        var lookAtUs = world.Time.NowUs;
        while (true)
        {
            world.Time.Step();
            if (world.Time.NowUs < lookAtUs)
            {
                continue;
            }

            lookAtUs = world.Time.NowUs + LookUs;
            if (isTrue(world))
            {
                return;
            }

            if (world.Time.NowUs > endUs)
            {
                throw new PropertyBrokenException(property, Describe(world));
            }
        }
    }

    private static void StaysQuiet(World world)
    {
        var term = HighestTerm(world);
        var endUs = world.Time.NowUs + QuietUs;
        while (world.Time.NowUs < endUs)
        {
            world.Time.Step();
        }

        if (world.Scenario.Node.ElectionTicks >= CalmElectionTicks && world.Scenario.Network.DelayMeanUs <= CalmDelayUs
            && HighestTerm(world) != term)
        {
            throw new PropertyBrokenException(
                Properties.QuietTerm, $"t{term} became t{HighestTerm(world)}; {Describe(world)}");
        }
    }

    private static long HighestTerm(World world) =>
        world.Living.Max(machine => machine.Process?.Core.Term.Value ?? 0);

    private static bool HasLeader(World world) => world.Machines.Any(machine =>
        machine.Process is { } process && process.Core.Role == RaftRole.Leader
        && process.View.LastTerm == process.Core.Term.Value
        && process.Core.CommitIndex == process.Core.LastIndex);

    private static bool HasConverged(World world)
    {
        var index = -1L;
        var leaders = 0;
        foreach (var machine in world.Living)
        {
            if (machine.IsHeldDown)
            {
                continue;
            }

            if (machine.Process is not { } process)
            {
                return false;
            }

            var core = process.Core;
            leaders += core.Role == RaftRole.Leader ? 1 : 0;
            index = index < 0 ? core.CommitIndex.Value : index;
            if (core.CommitIndex.Value != index || core.LastIndex.Value != index || process.State.AppliedIndex != index)
            {
                return false;
            }
        }

        return leaders == 1 && world.Operator.IsSettled && world.Clients.All(client => client.IsSettled);
    }

    private static string Describe(World world)
    {
        var nodes = world.Machines.Where(m => m.IsInService).Select(m => m.Process is not { } process
            ? $"{m.Key} {(m.IsLost ? "lost" : "down")}"
            : $"{m.Key} {process.Core.Role} {process.Core.Term} last {process.Core.LastIndex} commit "
            + $"{process.Core.CommitIndex} applied {process.State.AppliedIndex}");
        return string.Join("; ", nodes.Concat(world.Clients.Select(c => c.Describe())));
    }
}
