using System.Text.Json;
using Parley.CommandLine;
using Parley.Local;
using Parley.Tests.Backup;
using Parley.Tests.Packaging;
using Parley.Tests.Program;

namespace Parley.Tests.Inspection;

/// <summary>A log that is applied once more comes to what its node had; another build that does not is told with the
/// entry.</summary>
public sealed class LogReplayTests : IDisposable
{
    private const int Every = 5;

    /// <summary>So that a log of some messages has several, of which it may lose the first.</summary>
    private const int SmallSegments = 2 << 10;

    private readonly RecordedNode node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task From_the_first_entry_a_replay_comes_to_the_digest_of_the_state()
    {
        var before = node.Names();

        var (code, output, error) = await ReplayAsync();

        Assert.Equal(0, code);
        var marks = Marks(output);
        Assert.Equal([0, 5, 10, node.AppliedIndex, 15, node.LastIndex], marks.Select(mark => mark.Index));
        Assert.Equal(node.Digest, marks[3].Digest);
        Assert.Equal(node.LastDigest, marks[^1].Digest);
        Assert.Contains("it has the digest of the node's own state", error, StringComparison.Ordinal);
        Assert.Equal(before, node.Names());
    }

    [Fact]
    public async Task A_state_that_the_log_does_not_make_is_told()
    {
        node.FalsifyState();

        var (code, _, error) = await ReplayAsync();

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains($"at #{node.AppliedIndex} of term 1 the replay comes to digest {node.Digest}", error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_was_cut_is_replayed_from_a_backup_that_it_reaches_back_to()
    {
        using var old = new RecordedNode(messages: 40, SmallSegments);
        using var stranger = new BackedUpNode();
        stranger.Write();
        var (early, late) = (old.BackUpAt(3), old.BackUpAt(old.AppliedIndex - 1));
        var begin = old.Cut(SmallSegments);
        Assert.InRange(begin, 4, old.AppliedIndex - 1);

        var without = await ReplayAsync(old);
        var tooEarly = await ReplayAsync(old, "--from", early);
        var another = await ReplayAsync(old, "--from", stranger.File1);
        var (code, output, error) = await ReplayAsync(old, "--from", late);

        Assert.Equal(
            (ExitCodes.Refused, ExitCodes.Refused, ExitCodes.Refused), (without.Code, tooEarly.Code, another.Code));
        Assert.Contains($"its log begins after #{begin}", without.Error, StringComparison.Ordinal);
        Assert.Contains("it ends at #3", tooEarly.Error, StringComparison.Ordinal);
        Assert.Contains("a backup of cluster", another.Error, StringComparison.Ordinal);
        Assert.Equal((0, old.AppliedIndex - 1), (code, Marks(output)[0].Index));
        Assert.Equal(old.LastDigest, Marks(output)[^1].Digest);
        Assert.Contains("it has the digest of the node's own state", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_build_that_comes_to_the_same_is_said_to()
    {
        var (program, leading) = ParleyExecutable.Find();

        var (code, output, error) = await ReplayAsync("--against", leading.FirstOrDefault() ?? program);

        Assert.Equal((0, ""), (code, code == 0 ? "" : error));
        Assert.Contains("came to the same", error, StringComparison.Ordinal);
        Assert.Equal(node.LastDigest, Marks(output)[^1].Digest);
        Assert.All(output.TrimEnd().Split('\n').Select(line => JsonElement.Parse(line)), mark => Assert.Equal(
            mark.GetProperty("digest").GetString(), mark.GetProperty("other").GetString()));
    }

    [Fact]
    public async Task A_build_that_differs_is_named_with_the_entry()
    {
        var lines = await LinesAsync();
        var planted = new string('f', 32);
        lines[2] = lines[2].Replace(Marks(lines[2])[0].Digest, planted, StringComparison.Ordinal);
        var program = await ProgramAsync("differs", $"cat <<'END'\n{string.Join('\n', lines)}\nEND");

        var (code, _, error) = await ReplayAsync("--against", program);

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains("the builds differ at #10", error, StringComparison.Ordinal);
        Assert.Contains($"{program} has digest {planted} at #10", error, StringComparison.Ordinal);
        Assert.Contains("they agreed at #5", error, StringComparison.Ordinal);
        Assert.Contains("--every 1 finds the very entry", error, StringComparison.Ordinal);
    }

    /// <summary>What a program does, and what is said of it.</summary>
    [Theory]
    [InlineData("exit 2", "it is too old")]
    [InlineData("echo 'needs state version 99' >&2; exit 10", "exit code 10 and said: needs state version 99")]
    [InlineData("echo hello", "is it a parley?")]
    [InlineData("exit 0", "differ at #0")]
    public async Task A_program_that_replays_nothing_is_told_apart(string does, string sentence)
    {
        var (code, _, error) = await ReplayAsync("--against", await ProgramAsync("other", does));

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_program_and_no_data_directory_is_refused()
    {
        var nothing = await ReplayAsync("--against", node.PathOf("nothing"));
        var noEvery = await ReplayAsync("--every", "0");
        var elsewhere = await ProgramRun.RunAsync("log", "replay", "--data", "/usr");

        Assert.Equal(
            (ExitCodes.Refused, ExitCodes.Usage, ExitCodes.DataDirectoryRefused),
            (nothing.Code, noEvery.Code, elsewhere.Code));
        Assert.Contains("a file expected, none found", nothing.Error, StringComparison.Ordinal);
    }

    private static List<(long Index, string Digest)> Marks(string output) =>
    [
        .. output.TrimEnd().Split('\n').Select(line => JsonElement.Parse(line)).Select(mark =>
            (mark.GetProperty("index").GetInt64(), mark.GetProperty("digest").GetString()!)),
    ];

    private static Task<(int Code, string Output, string Error)> ReplayAsync(RecordedNode of, params string[] more) =>
        ProgramRun.RunAsync(
            ["log", "replay", "--data", of.DataDirectory, "--every", $"{Every}", "-o", "json", .. more]);

    private Task<(int Code, string Output, string Error)> ReplayAsync(params string[] more) => ReplayAsync(node, more);

    private async Task<string[]> LinesAsync() => (await ReplayAsync()).Output.TrimEnd().Split('\n');

    /// <summary>A program of a few lines of shell.</summary>
    private async Task<string> ProgramAsync(string name, string does)
    {
        var path = node.PathOf(name);

        // Not by this process: as long as a child of it that is just being started has the file open, too, nobody can
        // execute it (ETXTBSY).
        var made = await HostTool.RunAsync(
            "sh", ["-c", "cat > \"$0\" && chmod 700 \"$0\"", path], input: $"#!/bin/sh\n{does}\n");
        Assert.Equal(0, made.Code);
        return path;
    }
}
