using Parley.Raft;
using Parley.Simulation.Machines;
using Parley.Simulation.Time;

namespace Parley.Simulation.Faults;

/// <summary>
/// Grows and shrinks the cluster, and replaces nodes whose disks it lost: each step is asked of whoever says it leads,
/// as often as it takes. It knows what no leader knows: which machines it wants. It never takes away more than a
/// minority, and only when what it wanted before is done.
/// </summary>
internal sealed class Operator
{
    private const int SizeMax = 5;

    private readonly World world;
    private readonly SeededRandom random;
    private readonly SortedSet<int> wanted;

    public Operator(World world)
    {
        this.world = world;
        random = new SeededRandom(world.Scenario.Seed ^ 0x0123_4567_89AB_CDEF);
        wanted = [.. Enumerable.Range(1, world.Scenario.Nodes)];
    }

    /// <summary>What it wants is what is committed: these machines, with these disks, as voters, and nobody else.
    /// </summary>
    public bool IsSettled => Changes(world.Consensus.CommittedMembership).Count == 0;

    private bool IsIdle => world.Scenario.Operator.StepEveryUs == 0;

    private bool HasDamaged => world.Machines.Any(machine => Wants(machine) && machine.IsDamaged);

    /// <summary>Whether this disk may go bad now: without an operator those of a minority; else one at a time, as long
    /// as the others are a majority by themselves, and it is replaced before anything else is taken away.</summary>
    public bool MayBeDamaged(Machine machine) => IsIdle
        ? world.Minority.Contains(machine)
        : Wants(machine) && wanted.Count > 2 && IsSettled && !HasDamaged;

    /// <summary>Who may stay dead for a while after healing: a minority, if no other is missing.</summary>
    public List<Machine> MayStayDown()
    {
        if (IsIdle)
        {
            return [.. world.Minority.Where(machine => !machine.IsLost)];
        }

        var fewest = IsSettled && !HasDamaged ? (wanted.Count - 1) / 2 : 0;
        return [.. world.Minority.Where(Wants).Take(fewest)];
    }

    /// <summary>Whether a machine shall be a voter.</summary>
    public bool Wants(Machine machine) => wanted.Contains(machine.Id.Value);

    public void Begin()
    {
        var plan = world.Scenario.Operator;
        if (plan.StepEveryUs == 0)
        {
            return;
        }

        Repeat(plan.StepEveryUs, Step);
        Repeat(plan.ResizeEveryUs, () => WhenSettled(Resize));
        Repeat(plan.LoseDiskEveryUs, () => WhenSettled(LoseDisks));
    }

    private void Repeat(long everyUs, Action action)
    {
        if (everyUs > 0)
        {
            world.Time.After(1 + random.Exponential(everyUs), () =>
            {
                action();
                Repeat(everyUs, action);
            });
        }
    }

    private void WhenSettled(Action action)
    {
        if (world.IsHealed || !IsSettled)
        {
            return;
        }

        if (world.Machines.FirstOrDefault(machine => Wants(machine) && machine.IsDamaged) is { } damaged)
        {
            // Mostly it is found before: by a node that refuses to start.
            if (damaged.IsLost || random.Chance(0.2))
            {
                damaged.Replace();
            }
        }
        else
        {
            action();
        }
    }

    private void Resize()
    {
        var size = random.Between(1, SizeMax);
        world.Note($"operator wants {size} voters");
        while (wanted.Count > size)
        {
            wanted.Remove(random.Pick([.. wanted]));
        }

        while (wanted.Count < size)
        {
            var machine = random.Pick([.. world.Machines.Where(machine => !Wants(machine))]);
            machine.Replace();
            wanted.Add(machine.Id.Value);
        }
    }

    private void LoseDisks()
    {
        var candidates = wanted.ToList();
        for (var lost = random.Between(0, (wanted.Count - 1) / 2); lost > 0; lost--)
        {
            var id = random.Pick(candidates);
            candidates.Remove(id);
            world.MachineOf(new NodeId(id)).Replace();
        }
    }

    private void Step()
    {
        if (IsSettled)
        {
            RetireSome();
            return;
        }

        NodeProcess[] leaders = [.. world.Machines.Select(machine => machine.Process).OfType<NodeProcess>()
            .Where(process => process.Core.Role == RaftRole.Leader)];
        if (leaders.Length == 0)
        {
            return;
        }

        var leader = random.Pick(leaders);
        var changes = Changes(leader.Core.Membership);
        if (changes.Count > 0)
        {
            leader.ProposeMembership(random.Pick(changes));
        }

        if (!Wants(leader.Machine) && random.Chance(0.3))
        {
            leader.TransferLeadership();
        }
    }

    /// <summary>What was removed may live on for a while before somebody switches it off.</summary>
    private void RetireSome()
    {
        foreach (var machine in world.Machines)
        {
            if (machine.IsInService && !Wants(machine) && (world.IsHealed || random.Chance(0.1)))
            {
                machine.Retire();
            }
        }
    }

    private List<Membership> Changes(Membership now) => MembershipSteps.Towards(
        now, [.. world.Machines.Where(Wants).Select(machine => machine.Key)]);
}
