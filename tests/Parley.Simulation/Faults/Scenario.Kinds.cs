using Parley.Simulation.Time;

namespace Parley.Simulation.Faults;

/// <content>What a run can be about.</content>
internal sealed partial record Scenario
{
    private const int Shortening = 4;

    /// <summary>Everything that is about the run as a whole happens faster; nodes and disks are as they are.</summary>
    private static Scenario InShort(Scenario drawn) => drawn with
    {
        FaultyUs = drawn.FaultyUs / Shortening,
        Network = drawn.Network with
        {
            PartitionEveryUs = drawn.Network.PartitionEveryUs / Shortening,
            PartitionUs = drawn.Network.PartitionUs / Shortening,
            FalseResetEveryUs = drawn.Network.FalseResetEveryUs / Shortening,
        },
        Machine = drawn.Machine with
        {
            KillEveryUs = drawn.Machine.KillEveryUs / Shortening,
            AllLosePowerEveryUs = drawn.Machine.AllLosePowerEveryUs / Shortening,
            DownMeanUs = drawn.Machine.DownMeanUs / Shortening,
            PauseEveryUs = drawn.Machine.PauseEveryUs / Shortening,
            PauseUs = drawn.Machine.PauseUs / Shortening,
            ClockJumpEveryUs = drawn.Machine.ClockJumpEveryUs / Shortening,
            TransferEveryUs = drawn.Machine.TransferEveryUs / Shortening,
            LeaveBehindEveryUs = drawn.Machine.LeaveBehindEveryUs / Shortening,
            LeaveBehindUs = drawn.Machine.LeaveBehindUs / Shortening,
        },
        Disk = drawn.Disk with
        {
            DamageEveryUs = drawn.Disk.DamageEveryUs / Shortening,
        },
        Node = drawn.Node with { RaiseVersionEveryUs = drawn.Node.RaiseVersionEveryUs / Shortening },
        Operator = drawn.Operator.Faster(Shortening),
        Client = drawn.Client with
        {
            ThinkMeanUs = drawn.Client.ThinkMeanUs / Shortening,
            LateRepeatEveryUs = drawn.Client.LateRepeatEveryUs / Shortening,
            WalkEveryUs = drawn.Client.WalkEveryUs / Shortening,
            RestartEveryUs = drawn.Client.RestartEveryUs / Shortening,
            LoginAgainEveryUs = drawn.Client.LoginAgainEveryUs / Shortening,
            ReadEveryUs = drawn.Client.ReadEveryUs / Shortening,
            HangEveryUs = drawn.Client.HangEveryUs / Shortening,
            HangUs = drawn.Client.HangUs / Shortening,
            ChangeEveryUs = drawn.Client.ChangeEveryUs / Shortening,
            MischiefEveryUs = drawn.Client.MischiefEveryUs / Shortening,
            StormEveryUs = drawn.Client.StormEveryUs / Shortening,
        },
    };

    /// <summary>Elections all the time, with several candidates and voters that die as soon as they have
    /// voted.</summary>
    private static Scenario InElectionStorm(Scenario drawn, SeededRandom random) => drawn with
    {
        Nodes = 3,
        Operator = OperatorPlan.Nothing(3),
        FaultyUs = 60 * VirtualTime.Second,
        Network = drawn.Network with
        {
            DelayMeanUs = 10_000,
            LateRate = 0.3,
            LateUs = 60 * VirtualTime.Millisecond,
        },
        Machine = drawn.Machine with
        {
            KillEveryUs = 400 * VirtualTime.Millisecond,
            DownMeanUs = random.Between(5, 300) * VirtualTime.Millisecond,
            CrashAtVoteRate = 0.5,
        },
        Disk = drawn.Disk with { SyncMeanUs = 300 },
        Client = drawn.Client with { ThinkMeanUs = 15 * VirtualTime.Second },
        Node = drawn.Node with { ElectionTicks = 8 },
    };

    /// <summary>More is written than slow disks take in small batches, and leaders would let much of it wait.</summary>
    private static Scenario InOverload(Scenario drawn) => drawn with
    {
        Nodes = 5,
        Operator = OperatorPlan.Nothing(5),
        Clients = 4,
        Network = drawn.Network with { DelayMeanUs = 10_000 },
        Disk = drawn.Disk with { SyncMeanUs = 20_000 },
        Client = drawn.Client with
        {
            InFlightMax = 256,
            ThinkMeanUs = VirtualTime.Second,
            BurstMax = 20,
            FirstNeverAcknowledges = false,
        },
        Node = drawn.Node with
        {
            AppendEntriesMax = 8,
            AppendsInFlightMax = 1,
            UncommittedEntriesMax = 1_000,
            LeaderHoldsCopies = false,
            ProposalsMax = 1_024,
            ElectionTicks = 30,
        },
    };
}
