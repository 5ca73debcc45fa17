namespace Parley.Server.Consensus;

/// <summary>Those who wait until the state has applied an index.</summary>
internal sealed class AppliedWaiters
{
    private readonly Lock gate = new();
    private readonly List<Waiter> waiting = [];

    /// <summary>Disposed by the one who waits, whatever happened.</summary>
    public Waiter Add(long index)
    {
        var waiter = new Waiter(this, index);
        lock (gate)
        {
            waiting.Add(waiter);
        }

        return waiter;
    }

    public void Applied(long index)
    {
        lock (gate)
        {
            for (var i = waiting.Count - 1; i >= 0; i--)
            {
                if (waiting[i].Index <= index)
                {
                    waiting[i].Arrive();
                    RemoveAt(i);
                }
            }
        }
    }

    private void Remove(Waiter waiter)
    {
        lock (gate)
        {
            var i = waiting.IndexOf(waiter);
            if (i >= 0)
            {
                RemoveAt(i);
            }
        }
    }

    private void RemoveAt(int i)
    {
        waiting[i] = waiting[^1];
        waiting.RemoveAt(waiting.Count - 1);
    }

    /// <summary>One who waits.</summary>
    internal sealed class Waiter(AppliedWaiters waiters, long index) : IDisposable
    {
        private readonly TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Index { get; } = index;

        public Task Task => arrived.Task;

        public void Arrive() => arrived.TrySetResult();

        public void Dispose() => waiters.Remove(this);
    }
}
