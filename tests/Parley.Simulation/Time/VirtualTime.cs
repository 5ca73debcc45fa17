using System.Runtime.InteropServices;

namespace Parley.Simulation.Time;

/// <summary>The one queue of everything that will happen; what happens takes no time.</summary>
internal sealed class VirtualTime
{
    public const long Millisecond = 1_000;
    public const long Second = 1_000_000;

    private readonly PriorityQueue<Action, Moment> events = new();
    private long scheduled;

    /// <summary>Microseconds since the run began.</summary>
    public long NowUs { get; private set; }

    public void After(long delayUs, Action action) =>
        events.Enqueue(action, new Moment(NowUs + Math.Max(0, delayUs), scheduled++));

    /// <summary>Lets the next thing happen.</summary>
    public void Step()
    {
        if (!events.TryDequeue(out var action, out var moment))
        {
            throw new InvalidOperationException("nothing is left to happen; tickers never end");
        }

        NowUs = moment.AtUs;
        action();
    }

    /// <summary>Things of one instant happen in the order they were scheduled.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly struct Moment(long atUs, long order) : IComparable<Moment>
    {
        public long AtUs { get; } = atUs;

        private long Order { get; } = order;

        public int CompareTo(Moment other) =>
            AtUs != other.AtUs ? AtUs.CompareTo(other.AtUs) : Order.CompareTo(other.Order);
    }
}
