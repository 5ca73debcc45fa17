using Parley.Core;

namespace Parley.Server.Consensus;

/// <summary>The node's current state for readers on any thread, across snapshot installs.</summary>
internal sealed class StateAccess
{
    /// <summary>The directory of the current state; do not keep it.</summary>
    public ChatDirectory Directory => throw new NotSupportedException("not built yet");

    public long AppliedIndex => throw new NotSupportedException("not built yet");

    /// <summary>Log time of the last entry applied, microseconds since 1970-01-01T00:00:00Z.</summary>
    public long LastTimeUs => throw new NotSupportedException("not built yet");

    /// <summary>Index and digest after one and the same batch.</summary>
    public (long Index, StateDigest Digest) Digest => throw new NotSupportedException("not built yet");

    /// <summary>Runs one read with a rented reader; synchronous, short.</summary>
    public T Read<T>(Func<ChatReader, T> read) => throw new NotSupportedException("not built yet");

    /// <summary>Returns true once the state has applied the index, false after the time-out.</summary>
    public Task<bool> WaitForAppliedAsync(long index, TimeSpan timeout, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");
}

/// <summary>Told by the applier's thread after each COMMIT and after a snapshot replaced the state; must be quick.</summary>
internal interface IApplyListener
{
    void Applied(ApplyResult result);

    /// <summary>The whole state is another now: forget everything in memory, check sessions again.</summary>
    void StateReplaced();
}
