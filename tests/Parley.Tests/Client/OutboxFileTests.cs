using Google.Protobuf;
using Parley.Client;
using Parley.Client.Sending;
using Parley.Client.Storage;

namespace Parley.Tests.Client;

/// <summary>What an outbox file keeps when its process, or the power, ends at any byte.</summary>
public sealed class OutboxFileTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-outbox-");

    private string FilePath => Path.Combine(folder.FullName, "client-1.outbox");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Nothing_synced_is_lost_wherever_the_file_ends()
    {
        var ends = new List<long>();
        using (var outbox = OpenNew())
        {
            ends.Add(Length());
            for (var counter = 1UL; counter <= 4; counter++)
            {
                outbox.Add([NewSend(counter)]);
                ends.Add(Length());
            }
        }

        var whole = File.ReadAllBytes(FilePath);
        for (var length = (int)ends[0]; length <= whole.Length; length++)
        {
            foreach (var old in folder.GetFiles())
            {
                old.Delete();
            }

            File.WriteAllBytes(FilePath, whole[..length]);
            using var outbox = OutboxFile.Find(FilePath)!;

            var synced = ends.FindLastIndex(end => end <= length);
            Assert.Equal(7UL, outbox.Client);
            Assert.Equal(
                Enumerable.Range(1, synced).Select(counter => $"text {counter}"),
                outbox.Start.Left.Select(send => send.Text));
            Assert.Equal((ulong)synced, outbox.LastCounter);
            Assert.Equal(!ends.Contains(length), outbox.DamagedTail is not null);
        }
    }

    [Fact]
    public void A_damaged_byte_sets_the_rest_aside_and_keeps_what_is_before()
    {
        long second;
        using (var outbox = OpenNew())
        {
            outbox.Add([NewSend(1)]);
            second = Length();
            outbox.Add([NewSend(2)]);
        }

        var bytes = File.ReadAllBytes(FilePath);
        bytes[second + 20] ^= 1;
        File.WriteAllBytes(FilePath, bytes);

        using var opened = OutboxFile.Find(FilePath)!;
        Assert.Equal(["text 1"], opened.Start.Left.Select(send => send.Text));
        Assert.Equal(bytes[(int)second..], File.ReadAllBytes(opened.DamagedTail!));
    }

    [Fact]
    public void The_settled_is_not_left_and_its_nonce_is_remembered()
    {
        using (var outbox = OpenNew())
        {
            outbox.Add([NewSend(1), NewSend(2)]);
            outbox.Settle(1);
        }

        using var opened = OutboxFile.Find(FilePath)!;
        Assert.Equal([2UL], opened.Start.Left.Select(send => send.MessageId.Counter));
        Assert.Equal(Nonce(1), opened.FindNonce(1));
        Assert.Equal("bob", opened.Start.Left[0].Recipient);
        Assert.Equal(Nonce(2), opened.Start.Left[0].Nonce);
    }

    [Fact]
    public void The_released_is_gone_and_its_counter_free()
    {
        using (var outbox = OpenNew())
        {
            outbox.Add([NewSend(1), NewSend(2), NewSend(3)]);
            outbox.Release(2);
        }

        using var opened = OutboxFile.Find(FilePath)!;
        Assert.Equal(1UL, opened.LastCounter);
        Assert.Equal(["text 1"], opened.Start.Left.Select(send => send.Text));
        Assert.Null(opened.FindNonce(2));
    }

    [Fact]
    public void Another_client_number_takes_over_what_is_left()
    {
        using (var outbox = OpenNew())
        {
            outbox.Add([NewSend(1)]);
            var moved = NewSend(1);
            moved.MessageId = new MessageId(9, 1);
            outbox.MoveTo(9, 0, [moved]);
        }

        using var opened = OutboxFile.Find(FilePath)!;
        Assert.Equal(new MessageId(9, 1), opened.Start.Left.Single().MessageId);
    }

    [Fact]
    public void A_long_file_is_written_anew_with_what_counts()
    {
        using (var outbox = OpenNew())
        {
            for (var counter = 1UL; counter <= 300; counter++)
            {
                outbox.Add([NewSend(counter, new string('x', 16_000))]);
                if (counter < 300)
                {
                    outbox.Settle(counter);
                }
            }
        }

        Assert.InRange(Length(), 1, 4 << 20);
        using var opened = OutboxFile.Find(FilePath)!;
        Assert.Equal([300UL], opened.Start.Left.Select(send => send.MessageId.Counter));
        Assert.Equal(Nonce(1), opened.FindNonce(1));
    }

    [Fact]
    public void One_process_at_a_time_has_it_and_others_cannot_read_it()
    {
        using var outbox = OpenNew();

        Assert.Null(OutboxFile.Find(FilePath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void After_a_failed_change_nothing_more_is_written()
    {
        using (var outbox = OpenNew())
        {
            outbox.Add([NewSend(1)]);
            // Where a rewritten file is drafted.
            Directory.CreateDirectory(FilePath + ".new");
            Assert.ThrowsAny<SystemException>(() => outbox.MoveTo(9, 0, []));

            Assert.Throws<IOException>(() => outbox.Release(1));
            Assert.Throws<IOException>(() => outbox.Add([NewSend(2)]));
        }

        using var opened = OutboxFile.Find(FilePath)!;
        Assert.Equal([new MessageId(7, 1)], opened.Start.Left.Select(send => send.MessageId));
    }

    private static Send NewSend(ulong counter, string? text = null) =>
        new(new MessageId(7, counter), "bob", text ?? $"text {counter}", Nonce(counter));

    private static ByteString Nonce(ulong counter) => ByteString.CopyFrom([.. Enumerable.Repeat((byte)counter, 16)]);

    private OutboxFile OpenNew()
    {
        var outbox = OutboxFile.Find(FilePath)!;
        outbox.MoveTo(7, 0, []);
        return outbox;
    }

    private long Length() => new FileInfo(FilePath).Length;
}
