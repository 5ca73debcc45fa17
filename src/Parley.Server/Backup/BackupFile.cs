using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Parley.Core;
using Parley.Raft.Storage;

namespace Parley.Server.Backup;

/// <summary>
/// A backup: a line that names the format, the manifest as a line of JSON, a line with the SHA-256 of both, and the
/// state as SQLite wrote it. What is not exactly so is refused; the sums find accidents, not forgers.
/// </summary>
internal sealed class BackupFile
{
    /// <summary>The number after it is the format.</summary>
    public const string Title = "parley backup ";

    public const int Format = 1;

    private const string SumName = "sha256 ";
    private const int SumDigits = 64;
    private const int PieceBytes = 1 << 20;

    /// <summary>Written at a time: a node's log on the same disk waits for no more than that when it syncs.</summary>
    private const int SyncEveryBytes = 16 << 20;

    /// <summary>The two lines before the state's.</summary>
    private const int HeadBytesMax = 16 << 10;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string path;
    private readonly long stateOffset;

    private BackupFile(string path, BackupManifest manifest, long stateOffset)
    {
        this.path = path;
        Manifest = manifest;
        this.stateOffset = stateOffset;
    }

    public BackupManifest Manifest { get; }

    /// <summary>Somebody but its owner may read it.</summary>
    public bool IsOpenToOthers => (File.GetUnixFileMode(path) & ~OwnerOnly) != UnixFileMode.None;

    /// <summary>Reads what it says of itself, and holds its length to that; the state itself is not looked at.
    /// </summary>
    /// <exception cref="BackupRefusedException">It is no backup, not whole, or a newer program's.</exception>
    public static BackupFile Open(string path)
    {
        using var file = OpenForReading(path);
        var head = new byte[HeadBytesMax];
        var read = file.ReadAtLeast(head, HeadBytesMax, throwOnEndOfStream: false);
        var (manifest, headBytes) = ReadHead(path, head.AsSpan(0, read));
        if (manifest.StateBytes <= 0 || file.Length - headBytes != manifest.StateBytes)
        {
            throw new BackupRefusedException(
                $"{path}: {headBytes + manifest.StateBytes} bytes expected, {file.Length} found: it is not whole");
        }

        if (manifest.StateVersion > ChatState.StateVersionMax || manifest.FileFormat > ChatState.FileFormatMax)
        {
            throw new BackupRefusedException(
                $"{path}: it needs state version {manifest.StateVersion} and file format {manifest.FileFormat}, this "
                + $"program knows up to {ChatState.StateVersionMax} and {ChatState.FileFormatMax}: take a newer one");
        }

        return new BackupFile(path, manifest, headBytes);
    }

    /// <summary>Writes a whole backup under a name that is not taken: it has it only when it is synced.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="draft">Where it is written, on the same file system, for its owner alone.</param>
    /// <param name="statePath">The state's copy.</param>
    /// <param name="manifest">Without what is known of the state's bytes.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The manifest as it was written.</returns>
    public static BackupManifest Write(
        string path,
        string draft,
        string statePath,
        BackupManifest manifest,
        CancellationToken cancellationToken)
    {
        var whole = manifest with { StateBytes = new FileInfo(statePath).Length, StateSha256 = HashOf(statePath) };
        using (var file = new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
            UnixCreateMode = OwnerOnly,
        }))
        {
            file.Write(HeadOf(whole));
            using var state = OpenForReading(statePath);
            Copy(state, file, checksum: null, cancellationToken);
            PosixCalls.SyncData(file.SafeFileHandle, draft);
        }

        File.Move(draft, path, overwrite: false);
        PosixCalls.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return whole;
    }

    /// <summary>Reads all of it.</summary>
    /// <exception cref="BackupRefusedException">The state is not what was written.</exception>
    public void Check(CancellationToken cancellationToken)
    {
        using var file = OpenForReading(path);
        file.Seek(stateOffset, SeekOrigin.Begin);
        using var checksum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Copy(file, Stream.Null, checksum, cancellationToken);
        Require(checksum);
    }

    /// <summary>Writes the state as a file of its own, synced, which must not be there; what is not what was written is
    /// refused, and the file is to be removed.</summary>
    /// <exception cref="BackupRefusedException">See above.</exception>
    private void Unpack(string statePath, CancellationToken cancellationToken)
    {
        using var file = OpenForReading(path);
        file.Seek(stateOffset, SeekOrigin.Begin);
        using var checksum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (var state = new FileStream(statePath, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
            UnixCreateMode = OwnerOnly,
        }))
        {
            Copy(file, state, checksum, cancellationToken);
            PosixCalls.SyncData(state.SafeFileHandle, statePath);
        }

        Require(checksum);
    }

    /// <summary>As <see cref="Unpack"/>; the state is read whole, and held to its digest and to the manifest.</summary>
    /// <exception cref="BackupRefusedException">It is another one.</exception>
    public void UnpackVerified(string statePath, CancellationToken cancellationToken)
    {
        Unpack(statePath, cancellationToken);
        try
        {
            var facts = ChatState.VerifySnapshot(statePath);
            if (facts.AppliedIndex != Manifest.AppliedIndex || facts.AppliedTerm != Manifest.Term
                || !string.Equals(facts.Digest.ToString(), Manifest.Digest, StringComparison.Ordinal))
            {
                throw new BackupRefusedException(
                    $"{path}: its state is another than its manifest says: #{Manifest.AppliedIndex} with digest "
                    + $"{Manifest.Digest} expected, #{facts.AppliedIndex} with {facts.Digest} found");
            }
        }
        catch (StateDamagedException damage)
        {
            throw new BackupRefusedException($"{path}: its state is not whole: {damage.Found}");
        }
        catch (UnknownStateVersionException newer)
        {
            throw new BackupRefusedException($"{path}: {newer.Message}");
        }
    }

    private static (BackupManifest Manifest, int HeadBytes) ReadHead(string path, ReadOnlySpan<byte> head)
    {
        var titleBytes = CheckTitle(path, head);
        var manifestEnd = head[titleBytes..].IndexOf((byte)'\n') + titleBytes + 1;
        var headEnd = manifestEnd + SumName.Length + SumDigits + 1;
        if (manifestEnd == titleBytes || head.Length < headEnd || !head[manifestEnd..headEnd].SequenceEqual(
            Encoding.ASCII.GetBytes(SumLineOf(head[..manifestEnd]))))
        {
            throw new BackupRefusedException($"{path}: its manifest is damaged, or not whole");
        }

        try
        {
            return (BackupManifest.Decode(head[titleBytes..(manifestEnd - 1)]), headEnd);
        }
        catch (JsonException exception)
        {
            throw new BackupRefusedException($"{path}: its manifest is damaged: {exception.Message}");
        }
    }

    /// <summary>The length of the first line.</summary>
    private static int CheckTitle(string path, ReadOnlySpan<byte> head)
    {
        var own = Encoding.ASCII.GetBytes(TitleLine);
        if (head.StartsWith(own))
        {
            return own.Length;
        }

        var end = head.IndexOf((byte)'\n');
        var isOther = end > Title.Length && head.StartsWith(Encoding.ASCII.GetBytes(Title))
            && int.TryParse(head[Title.Length..end], NumberStyles.None, CultureInfo.InvariantCulture, out _);
        throw new BackupRefusedException(isOther
            ? $"{path}: a backup of format {Encoding.ASCII.GetString(head[Title.Length..end])}, this program reads "
                + Say($"format {Format}: take a newer one; if no program has that format, the file is damaged")
            : $"{path}: a backup expected as 'parley backup create' writes it, something else found");
    }

    private static string TitleLine => Say($"{Title}{Format}\n");

    private static byte[] HeadOf(BackupManifest manifest)
    {
        byte[] lines = [.. Encoding.ASCII.GetBytes(TitleLine), .. manifest.Encode(), (byte)'\n'];
        return [.. lines, .. Encoding.ASCII.GetBytes(SumLineOf(lines))];
    }

    private static string SumLineOf(ReadOnlySpan<byte> lines) =>
        $"{SumName}{Convert.ToHexStringLower(SHA256.HashData(lines))}\n";

    private static string HashOf(string path)
    {
        using var file = OpenForReading(path);
        return Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.SHA256, file));
    }

    private static FileStream OpenForReading(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);

    private static void Copy(
        Stream from, Stream to, IncrementalHash? checksum, CancellationToken cancellationToken)
    {
        var piece = new byte[PieceBytes];
        var unsynced = 0;
        while (from.Read(piece) is > 0 and var read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            checksum?.AppendData(piece, 0, read);
            to.Write(piece, 0, read);
            unsynced += read;
            if (to is FileStream file && unsynced >= SyncEveryBytes)
            {
                PosixCalls.SyncData(file.SafeFileHandle, file.Name);
                unsynced = 0;
            }
        }
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Require(IncrementalHash checksum)
    {
        var found = Convert.ToHexStringLower(checksum.GetHashAndReset());
        if (!string.Equals(found, Manifest.StateSha256, StringComparison.Ordinal))
        {
            throw new BackupRefusedException(
                $"{path}: it is damaged: the SHA-256 of its state is {found}, {Manifest.StateSha256} expected");
        }
    }
}
