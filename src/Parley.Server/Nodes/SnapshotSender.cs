using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Parley.Core;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Node.V1;

namespace Parley.Server.Nodes;

/// <summary>
/// Gives a snapshot to another node, piece by piece, and holds what it reads against what was written. A file that the
/// disk does not give back as it was is dropped and another one made: offered for ever, it would strand the receiver,
/// who verifies and refuses it each time. What says nothing about the file (no descriptor is free, the connection
/// breaks) ends the call alone: the receiver has what came, and goes on from there.
/// </summary>
/// <param name="made">What is sent.</param>
/// <param name="stream">To the receiver.</param>
/// <param name="goesOn">Called with each piece: it is in use.</param>
/// <param name="damaged">Called when it is damaged, with how.</param>
internal sealed class SnapshotSender(
    MadeSnapshot made, IServerStreamWriter<FetchSnapshotResponse> stream, Action goesOn, Action<string> damaged)
{
    private const int PieceBytes = 256 << 10;

    // What Linux answers (errno, which .NET keeps as HResult) when a disk or a file system does not give back what it
    // was given: EIO, and EBADMSG (a checksum of the file system) and EUCLEAN (its structure) beside it.
    private const int InputOutputError = 5;
    private const int BadMessage = 74;
    private const int StructureNeedsCleaning = 117;

    /// <summary>Sends it from an offset on.</summary>
    /// <exception cref="RpcException">DATA_LOSS: it is damaged, and all that came of it is of no use. UNAVAILABLE: it
    /// cannot be read now.</exception>
    public async Task SendAsync(long offset, CancellationToken cancellationToken)
    {
        try
        {
            await SendFileAsync(offset, cancellationToken);
        }
        catch (StateDamagedException damage)
        {
            damaged(damage.Message);
            throw new RpcException(new Status(
                StatusCode.DataLoss, "the snapshot is damaged on the disk of its node, which makes another one"));
        }
    }

    private static bool IsDamage(IOException failure) =>
        failure is FileNotFoundException or DirectoryNotFoundException
        || failure.HResult is InputOutputError or BadMessage or StructureNeedsCleaning;

    private async Task SendFileAsync(long offset, CancellationToken cancellationToken)
    {
        using var checksum = IncrementalHash.CreateHash(SnapshotFiles.Checksum);
        await using var file = OpenFile();
        var response = Head();
        var piece = new byte[PieceBytes];
        for (var at = 0L; await ReadAsync(file, piece, cancellationToken) is > 0 and var read; at += read)
        {
            checksum.AppendData(piece, 0, read);
            var skipped = (int)Math.Clamp(offset - at, 0, read);
            if (skipped < read)
            {
                await WriteAsync(piece.AsMemory(skipped, read - skipped));
            }

            goesOn();
        }

        if (!made.Checksum.Span.SequenceEqual(checksum.GetHashAndReset()))
        {
            throw new StateDamagedException($"{made.Path}: other bytes than were written");
        }

        await WriteAsync(ReadOnlyMemory<byte>.Empty);

        async Task WriteAsync(ReadOnlyMemory<byte> data)
        {
            response.Length = file.Length;
            response.Data = UnsafeByteOperations.UnsafeWrap(data);
            await stream.WriteAsync(response, cancellationToken);
            response = new FetchSnapshotResponse();
        }
    }

    private FetchSnapshotResponse Head()
    {
        var digest = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(digest, made.Digest.Value);
        return new FetchSnapshotResponse
        {
            Mark = UnsafeByteOperations.UnsafeWrap(MembershipCodec.Encode(made.Mark)),
            Digest = UnsafeByteOperations.UnsafeWrap(digest),
        };
    }

    private FileStream OpenFile()
    {
        try
        {
            return new FileStream(made.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (IOException exception)
        {
            throw Failed(exception);
        }
    }

    private async Task<int> ReadAsync(FileStream file, byte[] piece, CancellationToken cancellationToken)
    {
        try
        {
            return await file.ReadAsync(piece, cancellationToken);
        }
        catch (IOException exception)
        {
            throw Failed(exception);
        }
    }

    private Exception Failed(IOException failure) => IsDamage(failure)
        ? new StateDamagedException($"{made.Path}: {failure.Message}")
        : new RpcException(new Status(
            StatusCode.Unavailable, $"the snapshot cannot be read now on its node: {failure.Message}"));
}
