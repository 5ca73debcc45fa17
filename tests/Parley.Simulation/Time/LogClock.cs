using Parley.Raft;

namespace Parley.Simulation.Time;

/// <summary>
/// A leader's guess of log time: the lower median of the clocks of voters heard lately, aged by its monotonic clock;
/// with fewer than a majority there is none and log time stands still.
/// </summary>
internal sealed class LogClock(long freshUs)
{
    private readonly Dictionary<NodeId, Reading> readings = [];

    /// <summary>A message of this voter, sent at this time of its clock, arrived now.</summary>
    public void Heard(NodeId voter, long clockUs, long monotonicUs) =>
        readings[voter] = new Reading(clockUs - monotonicUs, monotonicUs);

    /// <summary>The lower median of the clocks now; null without a majority.</summary>
    public long? Median(long monotonicUs, Membership membership)
    {
        var voters = 0;
        var offsets = new List<long>(readings.Count);
        foreach (var member in membership.Members.Where(member => member.IsVoter))
        {
            voters++;
            if (readings.TryGetValue(member.Id, out var reading) && monotonicUs - reading.HeardAtUs <= freshUs)
            {
                offsets.Add(reading.OffsetUs);
            }
        }

        if (offsets.Count <= voters / 2)
        {
            return null;
        }

        offsets.Sort();
        return offsets[(offsets.Count - 1) / 2] + monotonicUs;
    }

    private readonly record struct Reading(long OffsetUs, long HeardAtUs);
}
