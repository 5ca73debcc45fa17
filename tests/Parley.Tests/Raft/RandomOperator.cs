using Parley.Raft;
using Parley.Simulation.Faults;

namespace Parley.Tests.Raft;

/// <summary>Loses disks, a minority at once, and wants more or fewer voters; asks leaders for one step at a
/// time.</summary>
internal sealed class RandomOperator(TestNetwork network, Random random, int size)
{
    private const int SizeMax = 5;

    private readonly SortedSet<int> wanted = [.. Enumerable.Range(1, size)];
    private ulong incarnations = 1_000;

    /// <summary>What is wanted is committed.</summary>
    public bool IsSettled => Steps(network.CommittedMembership).Count == 0;

    public bool Wants(TestNode node) => wanted.Contains(node.Id.Value);

    public void Act()
    {
        Observe();
        switch (random.Next(60))
        {
            case 0 when IsSettled:
                Resize(random.Next(1, SizeMax + 1));
                break;
            case 1 when IsSettled:
                foreach (var id in wanted.OrderBy(_ => random.Next()).Take((wanted.Count - 1) / 2).ToList())
                {
                    network.Join(id, ++incarnations);
                }

                break;
            case < 6:
                Step();
                break;
            default:
                break;
        }
    }

    /// <summary>No more wishes: only what is open.</summary>
    public void Finish()
    {
        Observe();
        Step();
    }

    private void Resize(int voters)
    {
        while (wanted.Count > voters)
        {
            wanted.Remove(wanted.ElementAt(random.Next(wanted.Count)));
        }

        for (var id = 1; wanted.Count < voters; id++)
        {
            if (wanted.Add(id))
            {
                network.Join(id, ++incarnations);
            }
        }
    }

    private void Step()
    {
        var leaders = network.Nodes.Where(node => node.IsUp && node.Core.Role == RaftRole.Leader).ToList();
        if (IsSettled || leaders.Count == 0)
        {
            return;
        }

        var leader = leaders[random.Next(leaders.Count)];
        var steps = Steps(leader.Core.Membership);
        if (steps.Count > 0)
        {
            leader.Change(steps[random.Next(steps.Count)]);
        }

        if (!Wants(leader) && random.Next(3) == 0)
        {
            leader.Core.TransferLeadership();
        }
    }

    private void Observe()
    {
        foreach (var node in network.Nodes.Where(node => node.IsUp && node.IsRemoved).ToList())
        {
            Assert.False(Wants(node), $"{node.Key} would stop and is wanted");
            node.Crash();
        }
    }

    private List<Membership> Steps(Membership now) =>
        MembershipSteps.Towards(now, [.. wanted.Select(id => network[id].Key)]);
}
