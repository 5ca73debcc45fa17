using System.Security.Cryptography;
using System.Text;
using Parley.Core;
using Parley.Raft.Storage;
using Parley.Server.Backup;

namespace Parley.Tests.Backup;

/// <summary>What is not exactly a backup is refused with a sentence, and nothing is made of it.</summary>
public sealed class BackupFileTests : IDisposable
{
    private const int StateSamples = 48;

    private readonly BackedUpNode node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public void A_backup_has_the_digest_of_the_state_and_is_its_owners_alone()
    {
        var written = node.Write();
        var backup = BackupFile.Open(node.File1);
        using var unpacked = UnpackedState.Of(backup, node.PathOf(""), CancellationToken.None);
        var facts = ChatState.VerifySnapshot(unpacked.Path);

        Assert.Equal(written, backup.Manifest);
        Assert.Equal((node.Digest, node.AppliedIndex), (written.Digest, written.AppliedIndex));
        Assert.Equal((node.Digest, node.AppliedIndex), (facts.Digest.ToString(), facts.AppliedIndex));
        Assert.Equal((node.Cluster.Id, 1), (written.Cluster, written.Node));
        Assert.Equal((2L, 2L, 4L), (written.Accounts, written.Conversations, written.Messages));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(node.File1));
        Assert.False(backup.IsOpenToOthers);
    }

    [Theory]
    [InlineData("diverged", "its state was found to differ")]
    [InlineData("removed", "was removed")]
    public void A_state_that_is_known_to_be_wrong_or_old_is_not_backed_up(string mark, string sentence)
    {
        File.WriteAllText(Path.Combine(node.DataDirectory, mark), "node 1 was removed, or is wrong");

        var refused = Assert.Throws<DataDirectoryRefusedException>(node.Write);

        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
        Assert.Equal(["data"], node.Names());
    }

    [Fact]
    public void A_file_that_is_there_is_not_written_over_and_nothing_else_is_left()
    {
        File.WriteAllText(node.File1, "last year's");

        var refused = Assert.Throws<BackupRefusedException>(node.Write);

        Assert.Contains("is there already", refused.Message, StringComparison.Ordinal);
        Assert.Equal("last year's", File.ReadAllText(node.File1));
        Assert.Equal(["chat.backup", "data"], node.Names());
    }

    /// <summary>Every byte before the state's, and bytes from all over the state.</summary>
    [Fact]
    public void A_backup_with_a_flipped_byte_is_refused_wherever_that_is()
    {
        node.Write();
        var whole = File.ReadAllBytes(node.File1);
        var head = HeadBytesOf(whole);
        var step = (whole.Length - head) / StateSamples;
        var places = Enumerable.Range(0, head)
            .Concat(Enumerable.Range(0, StateSamples).Select(sample => head + (sample * step)))
            .Append(whole.Length - 1);
        foreach (var place in places)
        {
            var damaged = (byte[])whole.Clone();
            damaged[place] ^= 0x04;
            RefuseRestore(damaged, $"byte {place}");
        }
    }

    [Fact]
    public void A_backup_that_was_cut_or_grew_is_refused()
    {
        node.Write();
        var whole = File.ReadAllBytes(node.File1);
        var head = HeadBytesOf(whole);
        foreach (var length in (int[])
            [0, 1, BackupFile.Title.Length + 2, head / 2, head - 1, head, head + 1, whole.Length / 2, whole.Length - 1])
        {
            RefuseRestore(whole[..length], $"{length} bytes");
        }

        RefuseRestore([.. whole, 0], "a byte more");
    }

    /// <summary>Each line: what a newer program, or somebody with an editor, made of the manifest; what is said.
    /// </summary>
    public static TheoryData<string, string> Manifests => new()
    {
        { "state version", "take a newer one" },
        { "file format", "take a newer one" },
        { "digest", "another than its manifest says" },
        { "applied index", "another than its manifest says" },
        { "state bytes", "not whole" },
    };

    [Theory]
    [MemberData(nameof(Manifests))]
    public void A_manifest_that_says_something_else_is_refused_though_its_sum_is_right(string what, string sentence)
    {
        var written = node.Write();
        var lie = what switch
        {
            "state version" => written with { StateVersion = ChatState.StateVersionMax + 1 },
            "file format" => written with { FileFormat = ChatState.FileFormatMax + 1 },
            "digest" => written with { Digest = new string('0', 32) },
            "applied index" => written with { AppliedIndex = written.AppliedIndex + 1 },
            _ => written with { StateBytes = -1 },
        };

        var refused = RefuseRestore(WithManifest(File.ReadAllBytes(node.File1), lie), what);

        Assert.Contains(sentence, refused, StringComparison.Ordinal);
    }

    [Fact]
    public void A_backup_of_a_newer_format_and_what_is_none_are_told_apart()
    {
        node.Write();
        var newer = File.ReadAllBytes(node.File1);
        newer[BackupFile.Title.Length] = (byte)'2';

        Assert.Contains("format 2, this program reads format 1", RefuseRestore(newer, "2"), StringComparison.Ordinal);
        Assert.Contains(
            "a backup expected", RefuseRestore(Encoding.UTF8.GetBytes("dear diary"), "none"), StringComparison.Ordinal);
    }

    private static int HeadBytesOf(byte[] whole)
    {
        var end = 0;
        for (var line = 0; line < 3; line++)
        {
            end = Array.IndexOf(whole, (byte)'\n', end) + 1;
        }

        return end;
    }

    private static byte[] WithManifest(byte[] whole, BackupManifest manifest)
    {
        byte[] lines = [.. Encoding.ASCII.GetBytes($"{BackupFile.Title}1\n"), .. manifest.Encode(), (byte)'\n'];
        var sum = Encoding.ASCII.GetBytes($"sha256 {Convert.ToHexStringLower(SHA256.HashData(lines))}\n");
        return [.. lines, .. sum, .. whole.AsSpan(HeadBytesOf(whole))];
    }

    /// <summary>The sentence.</summary>
    private string RefuseRestore(byte[] content, string what)
    {
        var path = node.PathOf("damaged.backup");
        File.WriteAllBytes(path, content);

        var refused = Assert.Throws<BackupRefusedException>(
            () => BackupRestore.Run(
                BackupFile.Open(path), node.PathOf("new"), BackedUpNode.Self, CancellationToken.None));

        Assert.True(node.IsEmpty("new"), $"{what}: something was made");
        Assert.StartsWith(path, refused.Message, StringComparison.Ordinal);
        return refused.Message;
    }
}
