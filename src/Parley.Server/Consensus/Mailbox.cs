namespace Parley.Server.Consensus;

/// <summary>
/// The bounded channel in front of a thread that does one thing: many put in, one takes everything that waits at once.
/// (System.Threading.Channels is made for tasks; these owners are threads and want whole batches.)
/// </summary>
internal sealed class Mailbox<T>(int itemsMax)
{
    private readonly object gate = new();
    private List<T> items = [];
    private List<T> spare = [];
    private bool isWoken;
    private bool isWaiting;

    /// <summary>False when it is full: what may be lost or refused goes in here.</summary>
    public bool TryPost(T item)
    {
        lock (gate)
        {
            if (items.Count >= itemsMax)
            {
                return false;
            }

            Put(item);
            return true;
        }
    }

    /// <summary>For what must not be lost and is bounded by its nature: reports of the other threads.</summary>
    public void Post(T item)
    {
        lock (gate)
        {
            Put(item);
        }
    }

    /// <summary>For a report that nobody waits for: it does not end a wait, and is taken with what comes next, or at
    /// the time-out.</summary>
    public void PostQuietly(T item)
    {
        lock (gate)
        {
            items.Add(item);
        }
    }

    /// <summary>Ends a wait, with or without items.</summary>
    public void Wake()
    {
        lock (gate)
        {
            isWoken = true;
            EndWait();
        }
    }

    /// <summary>Waits for items, a <see cref="Wake"/> or the time-out, and takes all there are; the list is good until
    /// the next call. One thread only.</summary>
    public IReadOnlyList<T> TakeAll(TimeSpan timeout)
    {
        lock (gate)
        {
            if (items.Count == 0 && !isWoken && timeout > TimeSpan.Zero)
            {
                // Rounded up: a wait for a part of a millisecond would be none, and the thread would spin.
                isWaiting = true;
                Monitor.Wait(gate, (int)Math.Ceiling(timeout.TotalMilliseconds));
                isWaiting = false;
            }

            isWoken = false;
            (items, spare) = (spare, items);
            items.Clear();
            return spare;
        }
    }

    private void Put(T item)
    {
        items.Add(item);
        EndWait();
    }

    private void EndWait()
    {
        if (isWaiting)
        {
            isWaiting = false;
            Monitor.Pulse(gate);
        }
    }
}
