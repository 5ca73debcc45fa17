using System.Buffers.Binary;
using Grpc.Core;
using Parley.Core;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Server.Hosting;
using Parley.Server.Node.V1;

namespace Parley.Server.Consensus;

/// <summary>
/// Fetches an offered snapshot on a connection of its own, from where an earlier attempt ended, and verifies it by full
/// scan. What fails is offered again by the leader; for want of room it is looked at again only after a pause.
/// </summary>
internal sealed class SnapshotFetcher(NodeParts parts) : IDisposable
{
    private static readonly TimeSpan NoRoomPause = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly CancellationTokenSource stopped = new();
    private Message.SnapshotOffer? underWay;
    private long? noRoomAt;

    /// <summary>Begins unless one is being fetched; ends with <see cref="LoopInput.SnapshotFetched"/> or nothing. From
    /// the loop.</summary>
    public void Fetch(Message.SnapshotOffer offer)
    {
        lock (gate)
        {
            if (underWay is not null
                || (noRoomAt is { } at && parts.Time.GetElapsedTime(at) < NoRoomPause))
            {
                return;
            }

            noRoomAt = null;

            underWay = offer;
        }

        _ = Task.Run(() => RunAsync(offer));
    }

    public void Dispose()
    {
        stopped.Cancel();
        stopped.Dispose();
    }

    private static StateDigest DigestOf(FetchSnapshotResponse response) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(response.Digest.Span));

    private async Task RunAsync(Message.SnapshotOffer offer)
    {
        try
        {
            var mark = await DownloadAsync(offer, stopped.Token);
            parts.Mail.Loop.Post(new LoopInput.SnapshotFetched(mark));
        }
        catch (StorageFailedException exception)
        {
            ProcessEnd.Fail("fetching a snapshot", exception);
        }
        catch (Exception exception) when (
            exception is RpcException or IOException or StateDamagedException or FormatException
                or OperationCanceledException or ArgumentException)
        {
            Log.SnapshotNotFetched(parts.Logger, offer.Index.Value, exception.Message);
        }
        catch (Exception exception)
        {
            ProcessEnd.Fail("fetching a snapshot", exception);
        }
        finally
        {
            lock (gate)
            {
                underWay = null;
            }
        }
    }

    private async Task<SnapshotMark> DownloadAsync(Message.SnapshotOffer offer, CancellationToken cancellationToken)
    {
        var snapshots = parts.Store.Snapshots;
        var path = snapshots.UnfinishedFetchedPath(offer.Index, offer.SnapshotTerm);
        snapshots.RemoveOtherDownloads(path);
        try
        {
            var (mark, digest) = await ReadAsync(offer, path, cancellationToken);
            var facts = ChatState.VerifySnapshot(path);
            if (facts.AppliedIndex != offer.Index.Value || facts.AppliedTerm != offer.SnapshotTerm.Value
                || mark.Index != offer.Index || mark.Term != offer.SnapshotTerm || facts.Digest != digest)
            {
                throw new StateDamagedException($"{path}: not the snapshot that was offered");
            }

            snapshots.FinishFetched(mark);
            return mark;
        }
        catch (Exception exception) when (
            exception is StateDamagedException or RpcException { StatusCode: StatusCode.DataLoss })
        {
            File.Delete(path); // The next attempt begins anew.
            throw;
        }
    }

    /// <summary>A download that fills the disk would end this node, whose log and state are whole: it waits instead,
    /// behind, until somebody makes room.</summary>
    private void CheckRoom(long bytes)
    {
        var (needed, room) = (SnapshotFiles.RoomForDownload(bytes), parts.Store.Snapshots.Room);
        if (room >= needed)
        {
            return;
        }

        lock (gate)
        {
            noRoomAt = parts.Time.GetTimestamp();
        }

        throw new IOException($"{needed} bytes needed on this node's disk, {room} free");
    }

    private async Task<(SnapshotMark Mark, StateDigest Digest)> ReadAsync(
        Message.SnapshotOffer offer, string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        file.Seek(0, SeekOrigin.End);
        using var connection = parts.Peers.Connect(offer.From);
        using var call = connection.Client.FetchSnapshot(
            new FetchSnapshotRequest
            {
                Index = offer.Index.Value,
                SnapshotTerm = offer.SnapshotTerm.Value,
                Offset = file.Position,
            },
            parts.Peers.GreetingTo(offer.From),
            cancellationToken: cancellationToken);
        FetchSnapshotResponse? first = null;
        var length = 0L;
        await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            if (first is null)
            {
                first = response;
                CheckRoom(response.Length - file.Position);
            }

            length = response.Length;
            await file.WriteAsync(response.Data.Memory, cancellationToken);
        }

        await file.FlushAsync(cancellationToken);
        if (first is null || file.Position != length)
        {
            throw new IOException($"{length} bytes expected, {file.Position} received");
        }

        return (MembershipCodec.DecodeMark(first.Mark.Span), DigestOf(first));
    }
}
