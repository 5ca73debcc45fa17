using System.Buffers.Binary;
using Grpc.Core;
using Parley.Core;
using Parley.Raft;
using Parley.Server.Node.V1;
using Parley.Server.Nodes;

namespace Parley.Server.Consensus;

/// <summary>Downloads a snapshot on a connection of its own, from where an earlier attempt ended, and verifies it by
/// full scan.</summary>
internal sealed class SnapshotDownload(SnapshotFiles snapshots, Peers peers)
{
    /// <summary>One attempt; what it has named is whole and synced.</summary>
    /// <exception cref="NoRoomException">It does not fit on this node's disk.</exception>
    public async Task<SnapshotMark> RunAsync(Message.SnapshotOffer offer, CancellationToken cancellationToken)
    {
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

    private static StateDigest DigestOf(FetchSnapshotResponse response) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(response.Digest.Span));

    /// <summary>A download that fills the disk would end this node, whose log and state are whole: it waits instead,
    /// behind, until somebody makes room.</summary>
    private void CheckRoom(long bytes)
    {
        var (needed, room) = (SnapshotFiles.RoomForDownload(bytes), snapshots.Room);
        if (room < needed)
        {
            throw new NoRoomException($"{needed} bytes needed on this node's disk, {room} free");
        }
    }

    private async Task<(SnapshotMark Mark, StateDigest Digest)> ReadAsync(
        Message.SnapshotOffer offer, string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        file.Seek(0, SeekOrigin.End);
        using var connection = peers.Connect(offer.From);
        using var call = connection.Client.FetchSnapshot(
            new FetchSnapshotRequest
            {
                Index = offer.Index.Value,
                SnapshotTerm = offer.SnapshotTerm.Value,
                Offset = file.Position,
            },
            peers.GreetingTo(offer.From),
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

/// <summary>A download does not fit on this node's disk.</summary>
internal sealed class NoRoomException(string message) : IOException(message);
