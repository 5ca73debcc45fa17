using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Parley.Core;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Node.V1;
using Parley.Server.Nodes;

namespace Parley.Tests.Server;

/// <summary>A snapshot is given as it was made, or is known to be damaged, wherever a receiver begins.</summary>
public sealed class SnapshotSenderTests : IDisposable
{
    private const int Length = 700_001;
    private readonly string file = Path.GetTempFileName();
    private readonly byte[] content = new byte[Length];
    private readonly RecordedStream sent = new();
    private readonly List<string> told = [];
    private int pieces;

    public SnapshotSenderTests()
    {
        new Random(1).NextBytes(content);
        File.WriteAllBytes(file, content);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => File.Delete(file);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300_000)]
    [InlineData(Length)]
    public async Task It_is_sent_whole_from_where_the_receiver_is(int offset)
    {
        await SendAsync(offset);

        Assert.Equal(content[offset..], sent.Data);
        Assert.Equal(Length, sent.Responses[0].Length);
        Assert.NotEmpty(sent.Responses[0].Mark);
        Assert.Empty(told);
        Assert.Equal(3, pieces);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, Length - 1)]
    [InlineData(600_000, 100)]
    [InlineData(Length, 350_000)]
    public async Task A_flipped_bit_is_told_also_where_the_receiver_has_been_already(int offset, int place)
    {
        var damaged = (byte[])content.Clone();
        damaged[place] ^= 4;
        await File.WriteAllBytesAsync(file, damaged, Stop);

        await AssertDamagedAsync(offset);
    }

    [Fact]
    public async Task A_file_that_is_shorter_or_longer_or_gone_is_told()
    {
        await File.WriteAllBytesAsync(file, content[..^1], Stop);
        await AssertDamagedAsync(offset: 0);

        await File.WriteAllBytesAsync(file, [.. content, 0], Stop);
        await AssertDamagedAsync(offset: 0);

        File.Delete(file);
        await AssertDamagedAsync(offset: 0);
    }

    /// <summary>No test has a bad disk; memory that is not mapped is read with the same EIO.</summary>
    [Fact]
    public async Task A_disk_that_does_not_give_it_back_is_told()
    {
        File.Delete(file);
        File.CreateSymbolicLink(file, "/proc/self/mem");

        await AssertDamagedAsync(offset: 0);
    }

    /// <summary>Here ELOOP; as EMFILE would, it says nothing about what is on the disk.</summary>
    [Fact]
    public async Task A_file_that_cannot_be_opened_now_is_not_damaged()
    {
        File.Delete(file);
        File.CreateSymbolicLink(file, file);

        var failure = await Assert.ThrowsAsync<RpcException>(() => SendAsync(offset: 0));

        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Empty(told);
    }

    [Fact]
    public async Task A_connection_that_breaks_says_nothing_about_the_file()
    {
        sent.BreaksWith = new IOException("the connection was reset");

        await Assert.ThrowsAsync<IOException>(() => SendAsync(offset: 0));

        Assert.Empty(told);
    }

    private async Task AssertDamagedAsync(int offset)
    {
        told.Clear();

        var failure = await Assert.ThrowsAsync<RpcException>(() => SendAsync(offset));

        Assert.Equal(StatusCode.DataLoss, failure.StatusCode);
        Assert.Contains(file, Assert.Single(told), StringComparison.Ordinal);
    }

    private Task SendAsync(int offset)
    {
        var mark = new SnapshotMark
        {
            Index = new LogIndex(7),
            Term = new Term(2),
            TimeUs = 1_000,
            Membership = new Membership { Members = [new Member(new NodeId(1), true, 1, "127.0.0.1:7501")] },
        };
        var made = new MadeSnapshot(file, mark, new StateDigest(5), SHA256.HashData(content));
        return new SnapshotSender(made, sent, () => pieces++, told.Add).SendAsync(offset, Stop);
    }

    /// <summary>Keeps copies, as gRPC has written a message before the sender fills its piece again.</summary>
    private sealed class RecordedStream : IServerStreamWriter<FetchSnapshotResponse>
    {
        public List<FetchSnapshotResponse> Responses { get; } = [];

        public Exception? BreaksWith { get; set; }

        public IEnumerable<byte> Data => Responses.SelectMany(response => response.Data);

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(FetchSnapshotResponse message)
        {
            Responses.Add(FetchSnapshotResponse.Parser.ParseFrom(message.ToByteArray()));
            return BreaksWith is null ? Task.CompletedTask : Task.FromException(BreaksWith);
        }

        public Task WriteAsync(FetchSnapshotResponse message, CancellationToken cancellationToken) =>
            WriteAsync(message);
    }
}
