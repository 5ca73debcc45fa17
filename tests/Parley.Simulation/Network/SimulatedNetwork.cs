using Parley.Simulation.Faults;
using Parley.Simulation.Time;

namespace Parley.Simulation.Network;

/// <summary>Carries messages between nodes, as badly as the scenario asks, until it is healed.</summary>
internal sealed class SimulatedNetwork(VirtualTime time, SeededRandom random, NetworkFaults faults)
{
    private readonly HashSet<(int From, int To)> cuts = [];
    private readonly Dictionary<(int From, int To), long> lastArrivals = [];
    private bool isHealed;

    /// <summary>Whether messages pass in this direction.</summary>
    public bool IsOpen(int from, int to) => !cuts.Contains((from, to));

    public void Cut(int from, int to)
    {
        if (!isHealed)
        {
            cuts.Add((from, to));
        }
    }

    public void Mend() => cuts.Clear();

    /// <summary>No fault from here on; delays stay.</summary>
    public void Heal()
    {
        isHealed = true;
        Mend();
    }

    /// <summary>Each message for itself: may be lost, doubled, late or overtaken.</summary>
    public void Send(int from, int to, Action arrive)
    {
        if (!IsOpen(from, to) || (!isHealed && random.Chance(faults.DropRate)))
        {
            return;
        }

        time.After(DrawDelay(), () => Arrive(from, to, arrive));
        if (!isHealed && random.Chance(faults.DuplicateRate))
        {
            time.After(DrawDelay(), () => Arrive(from, to, arrive));
        }
    }

    /// <summary>As over one connection: may be lost, never overtaken.</summary>
    public void SendInOrder(int from, int to, Action arrive)
    {
        if (!IsOpen(from, to) || (!isHealed && random.Chance(faults.DropRate)))
        {
            return;
        }

        var arrival = Math.Max(lastArrivals.GetValueOrDefault((from, to)) + 1, time.NowUs + DrawDelay());
        lastArrivals[(from, to)] = arrival;
        time.After(arrival - time.NowUs, () => Arrive(from, to, arrive));
    }

    public long DrawDelay()
    {
        var delay = faults.DelayMinUs + random.Exponential(faults.DelayMeanUs);
        return !isHealed && random.Chance(faults.LateRate) ? delay + random.Between(0, faults.LateUs) : delay;
    }

    private void Arrive(int from, int to, Action arrive)
    {
        if (IsOpen(from, to))
        {
            arrive();
        }
    }
}
