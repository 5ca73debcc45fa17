using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using Parley.Client;
using Parley.Client.Sending;
using Parley.Client.Storage;

namespace Parley.Fuzz.Targets;

/// <summary>What a client has stored: a first byte of 0 and a login, or any other and the records of an outbox, whose
/// checksums are put right. What cannot be read is passed over; an outbox keeps what it has read.</summary>
internal sealed class ClientStoreTarget : FuzzTarget
{
    private const int HeadBytes = 12;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-fuzz-");
    private readonly SessionStore store;
    private readonly string session;

    public ClientStoreTarget()
    {
        store = new SessionStore(Path.Combine(folder.FullName, "store"));
        store.Save(new()
        {
            Account = "alice",
            Cluster = new string('c', 32),
            Nodes = ["127.0.0.1:7401"],
            Token = "token",
            Session = 1,
            SeenIndex = 1,
            LastStream = 1,
            LoggedInAt = DateTimeOffset.UnixEpoch,
        });
        session = Directory.GetFiles(folder.FullName, "session.json", SearchOption.AllDirectories).Single();
        using var records = new MemoryStream();
        OutboxRecords.WriteBegin(records, 7, 1);
        var nonce = ByteString.CopyFrom(new byte[8]);
        OutboxRecords.WriteSend(records, new Send(new MessageId(7, 2), "bob", "hello", nonce));
        OutboxRecords.WriteNonce(records, 3, nonce);
        OutboxRecords.WriteCounter(records, OutboxRecordKind.Settled, 2);
        OutboxRecords.WriteCounter(records, OutboxRecordKind.Released, 3);
        Seeds = [[0, .. File.ReadAllBytes(session)], [1, .. records.ToArray()]];
    }

    public override IReadOnlyList<byte[]> Seeds { get; }

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. BytesOf("null", "[]", "\"nodes\":", "\"ca\":", "\"token\":", "\"logged_in_at\":", "9999-12-31T23:59:59Z"),
        [17, 0, 0, 0],
        [9, 0, 0, 0],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    ];

    public override int Cost => 3;

    public override void Check(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        if (input[0] == 0)
        {
            File.WriteAllBytes(session, input[1..]);
            foreach (var stored in store.List())
            {
                Property.Holds(stored.Nodes.All(node => node is not null) && stored.Account is not null);
                Property.Accepts<RefusedException>(() => store.HasOutbox(stored, 1));
            }

            return;
        }

        CheckOutbox(WithSums(input[1..]));
    }

    protected override void CleanUp() => folder.Delete(recursive: true);

    private void CheckOutbox(byte[] content)
    {
        var path = Path.Combine(folder.FullName, "client-1.outbox");
        File.WriteAllBytes(path, content);
        var (client, counter, left) = Open(path);
        Property.Same((client, counter, left), Open(path));
        foreach (var damaged in folder.EnumerateFiles("*.damaged-*"))
        {
            damaged.Delete();
        }
    }

    private static (ulong Client, ulong Counter, int Left) Open(string path)
    {
        using var outbox = OutboxFile.Find(path)!;
        return (outbox.Start.Client, outbox.Start.LastCounter, outbox.Start.Left.Count);
    }

    /// <summary>Each record with the checksum that is its own, as far as lengths make sense.</summary>
    private static byte[] WithSums(byte[] records)
    {
        var at = 0;
        while (records.Length - at >= HeadBytes)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(records.AsSpan(at));
            if (length <= 0 || length > records.Length - at - HeadBytes)
            {
                break;
            }

            SHA256.HashData(records.AsSpan(at + HeadBytes, length)).AsSpan(0, 8).CopyTo(records.AsSpan(at + 4));
            at += HeadBytes + length;
        }

        return records;
    }
}
