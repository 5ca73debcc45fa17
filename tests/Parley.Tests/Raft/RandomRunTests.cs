using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>Random schedules of loss, delay, doubling, crashes and slow disks: safety at every step, and everything
/// converges once the faults end.</summary>
public sealed class RandomRunTests
{
    [Theory]
    [InlineData(1, 20)]
    [InlineData(3, 60)]
    [InlineData(5, 60)]
    [InlineData(7, 20)]
    public void Whatever_happens_the_logs_agree_and_converge(int size, int seeds)
    {
        for (var seed = 1; seed <= seeds; seed++)
        {
            try
            {
                Run(size, seed, changesMembers: false);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"size {size}, seed {seed}", exception);
            }
        }
    }

    [Theory]
    [InlineData(1, 20)]
    [InlineData(3, 60)]
    [InlineData(5, 40)]
    public void Whoever_comes_and_goes_the_logs_agree_and_converge(int size, int seeds)
    {
        for (var seed = 1; seed <= seeds; seed++)
        {
            try
            {
                Run(size, seed, changesMembers: true);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"size {size}, seed {seed}", exception);
            }
        }
    }

    private static void Run(int size, int seed, bool changesMembers)
    {
        var random = new Random(seed);
        var options = TestNetwork.OptionsOf(NodeId.None) with
        {
            AppendEntriesMax = 3,
            AppendsInFlightMax = 4,
            RecentBytesMax = 300,
            AppendTimeoutTicks = 20,
            SnapshotTimeoutTicks = 40,
            LearnerLagMax = 5,
        };
        var network = new TestNetwork(size, options, (ulong)seed);
        var @operator = new RandomOperator(network, random, size);
        for (var step = 0; step < 3_000; step++)
        {
            Act(network, random, step);
            if (changesMembers)
            {
                @operator.Act();
            }
        }

        network.Heal();
        foreach (var node in network.Nodes)
        {
            node.IsDiskStuck = false;
            if (!node.IsUp)
            {
                node.Restart();
            }
        }

        for (var tick = 0; tick < 3_000 && !HasConverged(network, @operator); tick++)
        {
            network.Tick();
            FetchSnapshots(network, random);
            @operator.Finish();
        }

        Assert.True(HasConverged(network, @operator), "no convergence in 3,000 ticks");
        for (var tick = 0; tick < 200; tick++)
        {
            network.Tick();
            FetchSnapshots(network, random);
        }

        Assert.All(network.Nodes, node => Assert.Empty(node.AskedReads));
    }

    private static bool HasConverged(TestNetwork network, RandomOperator @operator) =>
        @operator.IsSettled
        && network.Leader is { } leader
        && network.Nodes.Where(@operator.Wants).All(node => node.Core.Leader == leader.Id
            && node.Applied.Count == leader.Applied.Count
            && node.Core.LastIndex == leader.Core.LastIndex
            && node.Core.CommitIndex == leader.Core.LastIndex);

    private static void Act(TestNetwork network, Random random, int step)
    {
        var node = network.Nodes.ElementAt(random.Next(network.Nodes.Count()));
        switch (random.Next(100))
        {
            case < 30 when node.IsUp:
                node.Core.Tick();
                break;
            case < 75 when network.InFlight.Count > 0:
                Shuffle(network, random);
                return;
            case < 85 when node.IsUp:
                node.Propose(Enumerable.Range(0, random.Next(1, 6)).Select(i => $"{step}.{i}").ToArray());
                break;
            case < 88 when node.IsUp:
                node.AskRead(step, network.Committed);
                break;
            case < 90:
                node.IsDiskStuck = random.Next(3) == 0;
                break;
            case < 92:
                network.Cut(node.Id.Value, random.Next(1, network.Nodes.Count() + 1));
                break;
            case < 94:
                network.Heal();
                break;
            case < 95 when node.IsUp && random.Next(3) == 0:
                node.Crash();
                break;
            case < 97 when !node.IsUp:
                node.Restart();
                break;
            case < 98 when node.IsUp:
                node.Core.ConnectionReset(new NodeId(random.Next(1, network.Nodes.Count() + 1)));
                break;
            case < 99 when node.IsUp:
                Compact(node);
                break;
            case 99 when node.IsUp && step % 2 == 0:
                node.Core.SnapshotLost(node.Log.Base.Index, node.Log.Base.Term);
                break;
            default:
                node.Core.TransferLeadership();
                break;
        }

        FetchSnapshots(network, random);
        network.Pump();
    }

    private static void Shuffle(TestNetwork network, Random random)
    {
        var at = random.Next(Math.Min(network.InFlight.Count, 8));
        switch (random.Next(20))
        {
            case 0:
                network.InFlight.RemoveAt(at);
                return;
            case 1:
                network.InFlight.Add(network.InFlight[at]);
                break;
            default:
                break;
        }

        network.DeliverAt(at);
    }

    private static void Compact(TestNode node)
    {
        if (node.Applied.Count > 5 && node.Applied[^3].Index > node.Log.Base.Index)
        {
            var index = node.Applied[^3].Index;
            var term = node.Applied[^3].Term;
            node.Log.CutTo(index);
            node.Core.SnapshotMade(index, term);
        }
    }

    private static void FetchSnapshots(TestNetwork network, Random random)
    {
        foreach (var node in network.Nodes)
        {
            if (node.IsInstalling && random.Next(10) == 0)
            {
                node.EndInstall();
            }

            if (node.IsUp && node.Core.NeedsSnapshot)
            {
                node.Core.SnapshotMade(node.Log.Base.Index, node.Log.Base.Term);
            }

            if (node.Offer is not { } offer || !node.IsUp || node.IsDiskStuck || node.IsInstalling)
            {
                continue;
            }

            var source = network[offer.From.Id.Value];
            node.Pump(network.Send);
            if (node.Core.Role != RaftRole.Leader && offer.Index > node.Core.CommitIndex
                && source.Log.Base is { } mark && mark.Index == offer.Index)
            {
                node.BeginInstall(source, mark, network.Send, isLogFirst: random.Next(2) == 0);
            }
        }
    }
}
