using Parley.Simulation.Time;

namespace Parley.Simulation.Faults;

/// <summary>How members come and go in a run; 0 means never.</summary>
internal sealed record OperatorPlan
{
    private const int MachinesMax = 5;

    /// <summary>Machines there are; those beyond the founders wait to be needed.</summary>
    public required int Machines { get; init; }

    /// <summary>Mean time between two attempts of the operator.</summary>
    public required long StepEveryUs { get; init; }

    /// <summary>Mean time between wishes for another number of voters.</summary>
    public required long ResizeEveryUs { get; init; }

    /// <summary>Mean time between losses of disks, up to a minority at once.</summary>
    public required long LoseDiskEveryUs { get; init; }

    /// <summary>Entries that a learner may lag when it becomes a voter.</summary>
    public required int LearnerLagMax { get; init; }

    public static OperatorPlan Nothing(int nodes) => new()
    {
        Machines = nodes,
        StepEveryUs = 0,
        ResizeEveryUs = 0,
        LoseDiskEveryUs = 0,
        LearnerLagMax = 1_000,
    };

    /// <summary>The same in a fraction of the time.</summary>
    public OperatorPlan Faster(int times) => this with
    {
        StepEveryUs = StepEveryUs / times,
        ResizeEveryUs = ResizeEveryUs / times,
        LoseDiskEveryUs = LoseDiskEveryUs / times,
    };

    /// <summary>Drawn by a sequence of its own, so that runs without it stay what they are.</summary>
    public static OperatorPlan Draw(ulong seed, int nodes)
    {
        var random = new SeededRandom(seed ^ 0x5EED_0F0E_4A70_1234);
        if (random.Chance(0.5))
        {
            return Nothing(nodes);
        }

        var resizes = random.Chance(0.6);
        return new OperatorPlan
        {
            Machines = resizes ? MachinesMax : nodes,
            StepEveryUs = random.Between(20, 600) * VirtualTime.Millisecond,
            ResizeEveryUs = resizes ? random.Between(2, 10) * VirtualTime.Second : 0,
            LoseDiskEveryUs = resizes && random.Chance(0.3) ? 0 : random.Between(2, 12) * VirtualTime.Second,
            LearnerLagMax = random.Pick([0, 10, 1_000]),
        };
    }
}
