namespace Parley.Local.Links;

/// <summary>What happens to bytes on their way from one node to another: nothing, a delay, or they wait until the way
/// is mended (as TCP repeats what a cut network lost). Thread-safe.</summary>
internal sealed class LinkWay
{
    private readonly Lock changing = new();
    private TaskCompletionSource open = NewGate();
    private long delayTicks;

    public LinkWay() => open.SetResult();

    /// <summary>Completes while the way is not cut.</summary>
    public Task WhenOpen
    {
        get
        {
            lock (changing)
            {
                return open.Task;
            }
        }
    }

    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref delayTicks));
        set => Volatile.Write(ref delayTicks, value.Ticks);
    }

    public void Cut()
    {
        lock (changing)
        {
            if (open.Task.IsCompleted)
            {
                open = NewGate();
            }
        }
    }

    public void Mend()
    {
        lock (changing)
        {
            open.TrySetResult();
        }
    }

    private static TaskCompletionSource NewGate() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
