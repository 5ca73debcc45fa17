using Microsoft.Extensions.Logging;
using Parley.Core;
using Parley.Core.Search;
using Parley.Server.Consensus;

namespace Parley.Server.Search;

/// <summary>
/// The thread that keeps the index of texts after the state: told by the applier how far that is and what was dropped,
/// it reads what was added from the state itself, in batches. One way serves for the newest message, for a node that
/// was down, and for an index made anew.
/// </summary>
/// <remarks>
/// The index is nobody's condition: whatever fails here, the node goes on, searches say that they may be incomplete,
/// and it is tried again, if need be from nothing. It never holds up the applier.
/// </remarks>
/// <param name="state">What it follows.</param>
/// <param name="path">Of its file.</param>
/// <param name="room">Bytes free where that is.</param>
/// <param name="time">For pauses.</param>
/// <param name="logger">Told when it is not kept up.</param>
internal sealed partial class SearchIndexer(
    StateAccess state, string path, Func<long> room, TimeProvider time, ILogger<SearchIndexer> logger) : IApplyListener
{
    public const string FileName = "search.db";

    /// <summary>With less free room it takes nothing in: log and state, beside which it lies, need it more.</summary>
    public const long RoomKept = 256L << 20;

    /// <summary>With less, it gives back what it has.</summary>
    public const long RoomAtLeast = RoomKept / 4;

    private const int BatchMessagesMax = 1_000;
    private const int BatchBytesMax = 1 << 20;
    private const int DroppedWaitingMax = 100_000;
    private const int RowsAtOnce = 5_000;

    /// <summary>With more to catch up than this nobody waits for it, and half of the time is others'.</summary>
    private const long FarBehind = 10_000;

    /// <summary>Every transaction is a piece that FTS5 merges later: a few large ones cost less than many.</summary>
    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(16);
    private static readonly TimeSpan RoomPause = TimeSpan.FromSeconds(1);

    private readonly object gate = new();
    private readonly AppliedWaiters waiters = new();
    private Thread? thread;
    private List<long> dropped = [];
    private long goal;
    private bool mustCompare;
    private bool mustHurry;
    private bool mustRemake;
    private bool isIdle;
    private bool isStopping;
    private volatile MessageIndexFile? index;
    private volatile bool isWhole;

    /// <summary>Null while there is none.</summary>
    public IMessageIndex? Index => index;

    /// <summary>What was applied up to there can be found.</summary>
    public bool Covers(long appliedIndex) => Find(appliedIndex).IsCovered;

    /// <summary>The index there is now, if any, and whether what was applied up to there can be found in it.</summary>
    public (IMessageIndex? Index, bool IsCovered) Find(long appliedIndex)
    {
        var current = index;
        return (current, isWhole && current is not null && current.Through >= appliedIndex);
    }

    /// <summary>Before anything is applied by this process.</summary>
    /// <param name="owner">Whose state this is: an index of another's is not used.</param>
    public void Start(string owner)
    {
        lock (gate)
        {
            goal = state.AppliedIndex;
            mustCompare = true;
        }

        thread = new Thread(() => Run(owner)) { IsBackground = true, Name = "search" };
        thread.Start();
    }

    /// <summary>After the last was applied.</summary>
    public void Stop()
    {
        lock (gate)
        {
            isStopping = true;
            Monitor.PulseAll(gate);
        }

        // It may be reading all of an index; what it has not finished is not there at the next start.
        thread?.Join(StopMax);
    }

    public void Applied(ApplyResult result)
    {
        lock (gate)
        {
            goal = result.AppliedIndex;
            dropped.AddRange(result.DroppedMessages);
            if (dropped.Count > DroppedWaitingMax)
            {
                dropped.Clear();
                mustCompare = true;
            }

            if (isIdle)
            {
                Monitor.PulseAll(gate);
            }
        }
    }

    public void StateReplaced()
    {
        lock (gate)
        {
            goal = state.AppliedIndex;
            dropped.Clear();
            mustCompare = true;
            isWhole = false;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Returns once what was applied up to there can be found, after the time-out, or at once where that would
    /// take long.</summary>
    public async Task WaitForAsync(long appliedIndex, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (Covers(appliedIndex) || !isWhole || index is not { } current
            || current.Through + FarBehind < appliedIndex)
        {
            return;
        }

        using var waiter = waiters.Add(appliedIndex);
        lock (gate)
        {
            mustHurry = true;
            Monitor.PulseAll(gate);
        }

        if (Covers(appliedIndex))
        {
            return; // Written before the waiter was known.
        }

        try
        {
            await waiter.Task.WaitAsync(timeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return; // The answer says that something may be missing.
        }
    }

    /// <summary>It could not answer who asked it. Damaged, or not there any more, it is made anew.</summary>
    public void Report(MessageIndexException exception)
    {
        if (!exception.IsDamaged && File.Exists(path))
        {
            return;
        }

        lock (gate)
        {
            mustRemake = true;
            isWhole = false;
            Monitor.PulseAll(gate);
        }
    }
}
