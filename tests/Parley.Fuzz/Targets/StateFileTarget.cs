using System.Buffers.Binary;
using Google.Protobuf;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Core.Storage;

namespace Parley.Fuzz.Targets;

/// <summary>
/// A snapshot with pieces of it exchanged: a first byte, then pieces of offset (3 bytes), length (1) and content. It is
/// damaged, or says what it said; with an odd first byte it gets the digest that fits its rows, as only a program of
/// ours would write, and must be read or refused all the same.
/// </summary>
internal sealed class StateFileTarget : FuzzTarget
{
    private const int HeadBytes = 4;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-fuzz-");
    private readonly byte[] whole;
    private readonly SnapshotFacts facts;

    public StateFileTarget()
    {
        using (var chat = ChatState.OpenInMemory())
        {
            var command = new LoggedCommand
            {
                StateVersion = 1,
                CreateAccount = new CreateAccount
                {
                    RequestId = ByteString.CopyFrom(new byte[16]),
                    Name = "alice",
                    PasswordHash = "$argon2id$",
                },
            };
            chat.Apply([new CommittedEntry(1, 1, 1, command.ToByteArray())]);
            File.WriteAllBytes(SnapshotPath, chat.CopyBytes());
        }

        // Small pages: less of an input is wasted on what is empty.
        using (var small = Database.OpenForWriting(SnapshotPath))
        {
            small.Execute("PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM");
        }

        whole = File.ReadAllBytes(SnapshotPath);
        facts = ChatState.VerifySnapshot(SnapshotPath);
    }

    public override IReadOnlyList<byte[]> Seeds =>
    [
        [0],
        [1],
        .. Enumerable.Range(0, whole.Length / 512).Select(page => Piece(1, (page * 512) + 8, [0, 1])),
        Piece(1, whole.AsSpan().IndexOf("alice"u8), [0xFF]),
        Piece(0, whole.AsSpan().IndexOf("alice"u8), "bobby"u8),
    ];

    public override IReadOnlyList<byte[]> Tokens { get; } =
        BytesOf("alice", "CREATE TABLE", "STRICT", "\0\0\0", "\u007f");

    private string SnapshotPath => Path.Combine(folder.FullName, "snapshot");

    public override int Cost => 5;

    public override void Check(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        // What was beside a file that was refused must not be taken for its journal.
        foreach (var left in folder.EnumerateFiles())
        {
            left.Delete();
        }

        File.WriteAllBytes(SnapshotPath, Exchange(input.AsSpan(1)));
        var isForged = (input[0] & 1) == 1 && GiveDigest();
        SnapshotFacts? found = null;
        if (Refuses(() => found = ChatState.VerifySnapshot(SnapshotPath)))
        {
            return;
        }

        Property.Holds(isForged || found == facts);
        Refuses(() =>
        {
            using var chat = ChatState.OpenVerified(SnapshotPath);
            Property.Holds(isForged || chat.Digest == facts.Digest);
            using var reader = chat.OpenReader();
            reader.ListAccounts("*", "", 10);
        });
    }

    protected override void CleanUp() => folder.Delete(recursive: true);

    private static bool Refuses(Action read)
    {
        var isNewer = false;
        return !Property.Accepts<StateDamagedException>(
            () => isNewer = !Property.Accepts<UnknownStateVersionException>(
                () => Property.Accepts<StateStorageException>(read))) || isNewer;
    }

    /// <summary>False when there is no reading it.</summary>
    private bool GiveDigest() => !Refuses(() =>
    {
        using var forged = Database.OpenForWriting(SnapshotPath);
        var digest = StoredDigest.Scan(forged).Value;
        using var write = forged.PrepareOnce("UPDATE node SET digest_high = $high, digest_low = $low");
        write.Start().With((long)(ulong)(digest >> 64)).With((long)(ulong)digest).Run();
    });

    private byte[] Exchange(ReadOnlySpan<byte> pieces)
    {
        var bytes = whole.ToArray();
        while (pieces.Length > HeadBytes)
        {
            var at = (BinaryPrimitives.ReadInt32LittleEndian(pieces) & 0xFF_FFFF) % bytes.Length;
            var length = Math.Min(pieces[3], Math.Min(pieces.Length - HeadBytes, bytes.Length - at));
            pieces.Slice(HeadBytes, length).CopyTo(bytes.AsSpan(at));
            pieces = pieces[(HeadBytes + length)..];
        }

        return bytes;
    }

    private static byte[] Piece(byte first, int at, ReadOnlySpan<byte> content) =>
        [first, (byte)at, (byte)(at >> 8), (byte)(at >> 16), (byte)content.Length, .. content];
}
