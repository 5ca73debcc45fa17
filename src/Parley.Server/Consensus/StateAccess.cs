using Parley.Core;

namespace Parley.Server.Consensus;

/// <summary>The node's current state for readers on any thread, across snapshot installs.</summary>
internal sealed class StateAccess : IDisposable
{
    private const int IdleReadersMax = 16;

    private readonly object gate = new();
    private readonly Stack<ChatReader> idle = new();
    private readonly AppliedWaiters waiters = new();
    private readonly TimeProvider time;
    private volatile ChatState state;
    private volatile AppliedPicture picture;
    private int readers;
    private bool isReplacing;

    public StateAccess(ChatState state, TimeProvider time)
    {
        this.state = state;
        this.time = time;
        picture = AppliedPicture.Of(state);
    }

    /// <summary>The directory of the current state; do not keep it.</summary>
    public ChatDirectory Directory => state.Directory;

    public long AppliedIndex => picture.Index;

    /// <summary>Log time of the last entry applied, microseconds since 1970-01-01T00:00:00Z.</summary>
    public long LastTimeUs => picture.TimeUs;

    /// <summary>The state version in force.</summary>
    public int StateVersion => picture.StateVersion;

    /// <summary>Index and digest after one and the same batch.</summary>
    public (long Index, StateDigest Digest) Digest
    {
        get
        {
            var current = picture;
            return (current.Index, current.Digest);
        }
    }

    /// <summary>For the applier alone, on its thread.</summary>
    internal ChatState State => state;

    /// <summary>Runs one read with a rented reader; synchronous, short.</summary>
    public T Read<T>(Func<ChatReader, T> read)
    {
        var reader = Rent();
        var isWhole = false;
        try
        {
            var result = read(reader);
            isWhole = true;
            return result;
        }
        finally
        {
            Return(reader, isWhole);
        }
    }

    /// <summary>Returns true once the state has applied the index, false after the time-out.</summary>
    public async Task<bool> WaitForAppliedAsync(long index, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (AppliedIndex >= index)
        {
            return true;
        }

        using var waiter = waiters.Add(index);
        if (AppliedIndex >= index)
        {
            return true; // Applied before the waiter was known.
        }

        try
        {
            await waiter.Task.WaitAsync(timeout, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            CloseReaders();
            state.Dispose();
        }
    }

    /// <summary>After a COMMIT, on the applier's thread: readers may now rely on what was applied.</summary>
    internal void Publish()
    {
        picture = AppliedPicture.Of(state);
        waiters.Applied(picture.Index);
    }

    /// <summary>Closes the state when its last reader has returned, and goes on with what <paramref name="reopen"/>
    /// opens in its place; on the applier's thread.</summary>
    internal void Replace(Func<ChatState> reopen)
    {
        lock (gate)
        {
            isReplacing = true;
            while (readers > 0)
            {
                Monitor.Wait(gate);
            }

            CloseReaders();
            state.Dispose();
            state = reopen();
            isReplacing = false;
            Monitor.PulseAll(gate);
        }

        Publish();
    }

    private ChatReader Rent()
    {
        lock (gate)
        {
            while (isReplacing)
            {
                Monitor.Wait(gate);
            }

            readers++;
            if (idle.TryPop(out var reader))
            {
                return reader;
            }
        }

        try
        {
            return state.OpenReader();
        }
        catch
        {
            Leave();
            throw;
        }
    }

    private void Return(ChatReader reader, bool isWhole)
    {
        var isKept = false;
        lock (gate)
        {
            if (isWhole && !isReplacing && idle.Count < IdleReadersMax)
            {
                idle.Push(reader);
                isKept = true;
            }
        }

        if (!isKept)
        {
            reader.Dispose();
        }

        Leave();
    }

    private void Leave()
    {
        lock (gate)
        {
            readers--;
            Monitor.PulseAll(gate);
        }
    }

    private void CloseReaders()
    {
        while (idle.TryPop(out var reader))
        {
            reader.Dispose();
        }
    }

    /// <summary>What one COMMIT left behind.</summary>
    private sealed record AppliedPicture(long Index, long TimeUs, int StateVersion, StateDigest Digest)
    {
        public static AppliedPicture Of(ChatState state) =>
            new(state.AppliedIndex, state.LastTimeUs, state.StateVersion, state.Digest);
    }
}

/// <summary>Told by the applier's thread after each COMMIT and after a snapshot replaced the state; must be
/// quick.</summary>
internal interface IApplyListener
{
    void Applied(ApplyResult result);

    /// <summary>The whole state is another now: forget everything in memory, check sessions again.</summary>
    void StateReplaced();
}
