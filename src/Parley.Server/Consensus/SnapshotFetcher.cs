using Grpc.Core;
using Microsoft.Extensions.Logging;
using Parley.Core;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Server.Hosting;

namespace Parley.Server.Consensus;

/// <summary>
/// Fetches offered snapshots, one at a time: from an offer that is taken until it failed, or until the loop has put the
/// snapshot in place (<see cref="Settled"/>) or had it removed (<see cref="Discard"/>), no other is taken. So no file
/// is made and removed at the same time, whatever order the threads have. What fails is offered again by the leader;
/// for want of room it is looked at again only after a pause.
/// </summary>
/// <param name="download">One attempt; see <see cref="SnapshotDownload"/>.</param>
/// <param name="remove">Removes a whole download.</param>
/// <param name="loop">What is told of it.</param>
/// <param name="time">Monotonic.</param>
/// <param name="logger">Where failures go.</param>
internal sealed class SnapshotFetcher(
    Func<Message.SnapshotOffer, CancellationToken, Task<SnapshotMark>> download,
    Action<SnapshotMark> remove,
    Mailbox<LoopInput> loop,
    TimeProvider time,
    ILogger logger) : IDisposable
{
    private static readonly TimeSpan NoRoomPause = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly CancellationTokenSource stopped = new();
    private bool isUnderWay;
    private long? noRoomAt;

    /// <summary>No offer is taken.</summary>
    internal bool IsUnderWay
    {
        get
        {
            lock (gate)
            {
                return isUnderWay;
            }
        }
    }

    /// <summary>Begins unless one is under way; ends with <see cref="LoopInput.SnapshotFetched"/> or nothing. From the
    /// loop.</summary>
    public void Fetch(Message.SnapshotOffer offer)
    {
        lock (gate)
        {
            if (isUnderWay || (noRoomAt is { } at && time.GetElapsedTime(at) < NoRoomPause))
            {
                return;
            }

            noRoomAt = null;
            isUnderWay = true;
        }

        _ = Task.Run(() => RunAsync(offer));
    }

    /// <summary>What was fetched is in place. From the loop.</summary>
    public void Settled()
    {
        lock (gate)
        {
            isUnderWay = false;
        }
    }

    /// <summary>What was fetched came too late: it goes, while the loop goes on; to unlink a large file takes time.
    /// From the loop.</summary>
    public void Discard(SnapshotMark mark) => _ = Task.Run(() => ProcessEnd.Guard("removing a snapshot", () =>
    {
        remove(mark);
        Settled();
    }));

    public void Dispose()
    {
        stopped.Cancel();
        stopped.Dispose();
    }

    private async Task RunAsync(Message.SnapshotOffer offer)
    {
        try
        {
            var mark = await download(offer, stopped.Token);
            loop.Post(new LoopInput.SnapshotFetched(mark));
        }
        catch (StorageFailedException exception)
        {
            ProcessEnd.Fail("fetching a snapshot", exception);
        }
        catch (Exception exception) when (
            exception is RpcException or IOException or StateDamagedException or FormatException
                or OperationCanceledException or ArgumentException)
        {
            Log.SnapshotNotFetched(logger, offer.Index.Value, exception.Message);
            Failed(exception is NoRoomException);
        }
        catch (Exception exception)
        {
            ProcessEnd.Fail("fetching a snapshot", exception);
        }
    }

    private void Failed(bool forWantOfRoom)
    {
        lock (gate)
        {
            noRoomAt = forWantOfRoom ? time.GetTimestamp() : null;
            isUnderWay = false;
        }
    }
}
