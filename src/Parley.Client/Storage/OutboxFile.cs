using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Parley.Client.Sending;

namespace Parley.Client.Storage;

/// <summary>
/// One client number of a stored session as a file: its counter, the nonces of its last ids, and the sends whose
/// outcome is not known. Whoever opens it holds its lock. A send is synced before <see cref="Add"/> returns; that a
/// send is settled is written with what comes next, for repeating it is harmless.
/// </summary>
internal sealed class OutboxFile : IOutbox, IDisposable
{
    private readonly string path;
    private readonly IDisposable hold;
    private readonly SortedDictionary<ulong, Send> unanswered = [];
    private readonly SortedDictionary<ulong, ByteString> nonces = [];
    private readonly MemoryStream buffer = new();
    private FileStream file;

    /// <summary>A change failed or is under way: nothing is written behind what may be half there.</summary>
    private bool isInDoubt;

    private OutboxFile(string path, IDisposable hold)
    {
        this.path = path;
        this.hold = hold;
        file = PosixFile.Open(path, FileMode.OpenOrCreate);
    }

    /// <summary>The client's number; 0 in a new file until <see cref="MoveTo"/>.</summary>
    public ulong Client { get; private set; }

    /// <summary>The last counter given out.</summary>
    public ulong LastCounter { get; private set; }

    /// <summary>Where a damaged tail was set aside when the file was opened; else null.</summary>
    public string? DamagedTail { get; private set; }

    /// <summary>Where sending goes on.</summary>
    public OutboxStart Start => new(Client, LastCounter, [.. unanswered.Values]);

    /// <summary>Opens or creates; null while another process has it.</summary>
    public static OutboxFile? Find(string path)
    {
        if (PosixFile.FindLock(Path.ChangeExtension(path, ".lock")) is not { } hold)
        {
            return null;
        }

        var outbox = new OutboxFile(path, hold);
        outbox.Load();
        return outbox;
    }

    /// <summary>The nonce an id of this client was made with; null when it is not (or no longer) known.</summary>
    public ByteString? FindNonce(ulong counter) => nonces.GetValueOrDefault(counter);

    public void Add(IReadOnlyList<Send> sends)
    {
        foreach (var send in sends)
        {
            OutboxRecords.WriteSend(buffer, send);
            Remember(send);
        }

        Flush(sync: true);
        if (file.Length > Limits.OutboxBytesMax)
        {
            Rewrite();
        }
    }

    public void Settle(ulong counter)
    {
        if (unanswered.Remove(counter))
        {
            OutboxRecords.WriteCounter(buffer, OutboxRecordKind.Settled, counter);
        }
    }

    public void Release(ulong counter)
    {
        OutboxRecords.WriteCounter(buffer, OutboxRecordKind.Released, counter);
        Forget(counter);
        Flush(sync: true);
    }

    public void MoveTo(ulong client, ulong lastCounter, IReadOnlyList<Send> sends)
    {
        ThrowIfInDoubt();
        Client = client;
        LastCounter = lastCounter;
        unanswered.Clear();
        nonces.Clear();
        buffer.SetLength(0);
        foreach (var send in sends)
        {
            Remember(send);
        }

        Rewrite();
    }

    public void Dispose()
    {
        if (!isInDoubt)
        {
            FlushAtEnd();
        }

        file.Dispose();
        hold.Dispose();
        buffer.Dispose();
    }

    private void Load()
    {
        var content = new byte[file.Length];
        file.ReadExactly(content);
        var whole = OutboxRecords.Read(content, Take);
        if (whole == content.Length)
        {
            return;
        }

        // Never sent, for what is sent was synced before; or damaged, and then somebody may want to look at it.
        DamagedTail = string.Create(CultureInfo.InvariantCulture, $"{path}.damaged-{whole}");
        PosixFile.Replace(DamagedTail, content.AsSpan(whole));
        file.SetLength(whole);
        file.Position = whole;
        PosixFile.Sync(file.SafeFileHandle);
    }

    private bool Take(byte[] payload)
    {
        var kind = (OutboxRecordKind)payload[0];
        if (kind == OutboxRecordKind.Begin && payload.Length == 17)
        {
            Client = OutboxRecords.Counter(payload);
            LastCounter = BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(9));
            return true;
        }

        if (payload.Length < 9 || Client == 0)
        {
            return false;
        }

        var counter = OutboxRecords.Counter(payload);
        switch (kind)
        {
            case OutboxRecordKind.Send when OutboxRecords.FindSend(Client, payload) is { } send:
                send.Orphan = true;
                Remember(send);
                return true;
            case OutboxRecordKind.Settled:
                unanswered.Remove(counter);
                return true;
            case OutboxRecordKind.Released:
                Forget(counter);
                return true;
            case OutboxRecordKind.Nonce:
                nonces[counter] = ByteString.CopyFrom(payload, 9, payload.Length - 9);
                return true;
            default:
                return false;
        }
    }

    private void Remember(Send send)
    {
        var counter = send.MessageId.Counter;
        unanswered[counter] = send;
        nonces[counter] = send.Nonce;
        LastCounter = Math.Max(LastCounter, counter);
        if (nonces.Count > Limits.RememberedIdsMax)
        {
            nonces.Remove(nonces.Keys.First());
        }
    }

    private void Forget(ulong from)
    {
        foreach (var counter in unanswered.Keys.Where(counter => counter >= from).ToArray())
        {
            unanswered.Remove(counter);
        }

        foreach (var counter in nonces.Keys.Where(counter => counter >= from).ToArray())
        {
            nonces.Remove(counter);
        }

        LastCounter = Math.Min(LastCounter, from - 1);
    }

    /// <summary>Writes the file anew with what still counts.</summary>
    private void Rewrite()
    {
        isInDoubt = true;
        using var content = new MemoryStream();
        OutboxRecords.WriteBegin(content, Client, LastCounter);
        foreach (var (counter, nonce) in nonces)
        {
            OutboxRecords.WriteNonce(content, counter, nonce);
        }

        foreach (var send in unanswered.Values)
        {
            OutboxRecords.WriteSend(content, send);
        }

        PosixFile.Replace(path, content.GetBuffer().AsSpan(0, (int)content.Length));
        file.Dispose();
        file = PosixFile.Open(path, FileMode.Open);
        file.Position = file.Length;
        buffer.SetLength(0);
        isInDoubt = false;
    }

    /// <summary>What it writes may be lost: only that sends were settled, and a repeat is harmless.</summary>
    private void FlushAtEnd()
    {
        try
        {
            Flush(sync: false);
        }
        catch (IOException)
        {
            // As above; and who closes its client has nothing left to do about a full disk.
        }
    }

    private void Flush(bool sync)
    {
        ThrowIfInDoubt();
        isInDoubt = true;
        if (buffer.Length > 0)
        {
            file.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
            buffer.SetLength(0);
        }

        if (sync)
        {
            PosixFile.Sync(file.SafeFileHandle);
        }

        isInDoubt = false;
    }

    private void ThrowIfInDoubt()
    {
        if (isInDoubt)
        {
            throw new IOException($"an earlier change of {path} failed");
        }
    }
}
