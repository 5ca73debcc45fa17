using System.Text;
using System.Text.Json;
using Parley.CommandLine;
using Parley.Tests.Core;
using Parley.Tests.Program;
using Parley.Verbs.Debugging;

namespace Parley.Tests.Inspection;

/// <summary>A bug report has what helps and no secret, and comes about whatever is missing.</summary>
public sealed class BugReportTests : IDisposable
{
    private const string Token = "parley_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCd";

    private readonly RecordedNode node = new();

    private string Report => node.PathOf("report.tar.gz");

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task No_secret_of_a_data_directory_a_bundle_and_a_log_is_in_it()
    {
        var (bundle, key) = await MakeBundleAsync();
        var log = node.PathOf("parley.log");
        File.WriteAllText(
            log, $"listening\n{Token}\nPARLEY_PASSWORD=horse-battery\n{key}\nhash {TestChat.Password} stored\nready\n");
        var config = node.PathOf("server.json");
        File.WriteAllText(config, $$"""
            { "bundle": "{{bundle}}", "otlp-endpoint": "https://carol:seesaw@collector:4317/k/swordfish", "id": 1 }
            """);

        var (code, _, error) = await RunAsync("--data", node.DataDirectory, "--config", config, "--log", log);

        Assert.Equal(0, code);
        var files = UnpackedReport.Of(Report);
        var all = files.Values.SelectMany(each => each).ToArray();
        var onDisk = Directory.GetFiles(node.DataDirectory, "*", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith("lock", StringComparison.Ordinal)).SelectMany(File.ReadAllBytes).ToArray();
        foreach (var secret in (string[])[RecordedNode.Words, TestChat.Password])
        {
            Assert.True(Has(onDisk, Encoding.UTF8.GetBytes(secret)), $"{secret} expected in the data directory");
        }

        Assert.True(Has(onDisk, TestChat.Token(1)), "a token's hash expected in the data directory");
        string[] secrets =
        [
            RecordedNode.Words, "c2FsdA", "argon2id", Token, Token[20..], "horse-battery", "seesaw", "swordfish",
            .. key.Split('\n').Where(line => line.Length > 0), "alice",
            Convert.ToHexString(TestChat.Token(1)), Convert.ToHexStringLower(TestChat.Token(1)),
            Convert.ToBase64String(TestChat.Token(1)),
        ];
        Assert.All(secrets, secret => Assert.False(Has(all, Encoding.UTF8.GetBytes(secret)), secret));
        Assert.False(Has(all, TestChat.Token(1)), "a token's hash");

        Check(files, error);
    }

    [Fact]
    public async Task What_cannot_be_had_is_told_and_the_rest_is_there()
    {
        File.WriteAllBytes(node.PathOf("data/stamp"), [1, 2, 3]);

        var (code, output, error) = await RunAsync(
            "--data", node.DataDirectory, "--data", "/nowhere", "--log", "/nowhere/log", "--admin",
            "http://127.0.0.1:1", "-o", "json");

        Assert.Equal(0, code);
        var files = UnpackedReport.Of(Report);
        var readme = Encoding.UTF8.GetString(files["README.txt"]);
        string[] missing =
        [
            "bundle.txt", "cluster/answers.json: 127.0.0.1:1 does not answer", "metrics.txt: ", "readyz.txt: ",
            "data-1/stamp.txt: ", "data-2/stamp.txt: ", "data-2/files.txt: ", "logs/1-log.txt: ",
        ];
        Assert.All(missing, one => Assert.Contains($"not in it: {one}", error, StringComparison.Ordinal));
        Assert.All(missing, one => Assert.Contains(one, readme, StringComparison.Ordinal));
        Assert.Contains("data-1/state.txt", files.Keys);
        Assert.Equal(files.Count, JsonElement.Parse(output).GetProperty("files").GetInt32());
    }

    [Fact]
    public async Task A_damaged_log_is_shown_up_to_the_damage()
    {
        var segment = Directory.GetFiles(node.PathOf("data/log")).Order(StringComparer.Ordinal).First();
        using (var file = File.OpenWrite(segment))
        {
            file.Write(new byte[512]);
        }

        var (code, _, _) = await RunAsync("--data", node.DataDirectory);

        Assert.Equal(0, code);
        var segments = Encoding.UTF8.GetString(UnpackedReport.Of(Report)["data-1/log-segments.txt"]);
        Assert.Contains("the segment's header is bad", segments, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_written_over_and_nothing_elsewhere_is_asked()
    {
        File.WriteAllText(Report, "mine");

        var taken = await RunAsync();
        var remote = await ProgramRun.RunAsync(
            "debug", "bundle", node.PathOf("other.tar.gz"), "--admin", "http://10.0.0.1:7461");
        var nowhere = await ProgramRun.RunAsync("debug", "bundle", node.PathOf("nowhere/other.tar.gz"));

        Assert.Equal(
            (ExitCodes.Refused, ExitCodes.Usage, ExitCodes.Refused), (taken.Code, remote.Code, nowhere.Code));
        Assert.Equal("mine", File.ReadAllText(Report));
        Assert.False(File.Exists(node.PathOf("other.tar.gz")));
    }

    [Theory]
    [InlineData("token parley_AbCdEfGhIjKlMnOpQrStUv came", "token (redacted) came")]
    [InlineData("authorization: Bearer abc.def-ghi", "authorization: (redacted) (redacted)")]
    [InlineData("GET http://alice:hunter2@chat1/x", "GET http://(redacted)@chat1/x")]
    [InlineData("{\"password\":\"hunter2\",\"id\":7}", "{\"password\":\"(redacted)\",\"id\":7}")]
    [InlineData("PARLEY_TOKEN=abc next", "PARLEY_TOKEN=(redacted) next")]
    [InlineData("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA.", "(redacted)")]
    [InlineData("parley_log_sync_duration_seconds_bucket 5", "parley_log_sync_duration_seconds_bucket 5")]
    [InlineData("digest 0123456789abcdef0123456789abcdef at #7", "digest 0123456789abcdef0123456789abcdef at #7")]
    public void Secrets_are_taken_out_of_lines_and_nothing_else(string line, string expected) =>
        Assert.Equal([expected], Redaction.Of([line]));

    [Fact]
    public void A_key_is_taken_out_whole()
    {
        string[] lines = ["a", "-----BEGIN PRIVATE KEY-----", "MIGHAgEAMBMG", "-----END PRIVATE KEY-----", "b"];

        Assert.Equal(
            ["a", Redaction.Sign, Redaction.Sign, Redaction.Sign, "b"], Redaction.Of(lines));
        Assert.Equal(
            ["{\"key\":\"(redacted)\"}"],
            Redaction.Of(["{\"key\":\"-----BEGIN EC PRIVATE KEY-----\\nMIG\\n-----END EC PRIVATE KEY-----\"}"]));
    }

    private static bool Has(byte[] all, byte[] part) => all.AsSpan().IndexOf(part) >= 0;

    private void Check(Dictionary<string, byte[]> files, string error)
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Report));
        Assert.Equal(
            [
                "README.txt", "bundle.txt", "cluster/answers.json", "cluster/status.json", "cluster/status.txt",
                "data-1/files.txt", "data-1/log-heads.txt", "data-1/log-segments.txt", "data-1/stamp.txt",
                "data-1/state.txt", "doctor.txt", "logs/1-parley-log.txt", "machine.txt", "settings.txt",
            ],
            files.Keys.Order(StringComparer.Ordinal));
        Assert.Contains($"digest {node.Digest}", Text("data-1/state.txt"), StringComparison.Ordinal);
        Assert.Contains("messages: 10", Text("data-1/state.txt"), StringComparison.Ordinal);
        Assert.Contains($"entries #1 of term 1 to #{node.LastIndex} of term 1", Text("data-1/log-segments.txt"),
            StringComparison.Ordinal);
        Assert.Contains("hard state: term 1, voted for 1", Text("data-1/log-segments.txt"), StringComparison.Ordinal);
        Assert.Contains("SendMessage, ", Text("data-1/log-heads.txt"), StringComparison.Ordinal);
        Assert.Contains("state.db  ", Text("data-1/files.txt"), StringComparison.Ordinal);
        Assert.Contains("otlp-endpoint = https://collector:4317", Text("settings.txt"), StringComparison.Ordinal);
        Assert.Contains("node 1: certificate from ", Text("bundle.txt"), StringComparison.Ordinal);
        Assert.Contains("disk sync", Text("doctor.txt"), StringComparison.Ordinal);
        Assert.StartsWith("listening\n(redacted)\nPARLEY_PASSWORD=(redacted)\n", Text("logs/1-parley-log.txt"),
            StringComparison.Ordinal);
        Assert.EndsWith("\nready\n", Text("logs/1-parley-log.txt"), StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:1 does not answer", Text("README.txt"), StringComparison.Ordinal);
        Assert.Contains("not in it: metrics.txt: no --admin was given", error, StringComparison.Ordinal);

        string Text(string name) => Encoding.UTF8.GetString(files[name]);
    }

    private async Task<(string Path, string Key)> MakeBundleAsync()
    {
        var made = await ProgramRun.RunAsync(
            "cluster", "init", "--data", node.PathOf("chat"), "--name", "chat", "--node", "1=127.0.0.1:7401");
        Assert.Equal(0, made.Code);
        var path = node.PathOf("chat/node-1.parley");
        return (path, JsonElement.Parse(File.ReadAllText(path)).GetProperty("key").GetString()!);
    }

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] more) => ProgramRun.RunAsync(
        ["debug", "bundle", Report, "--nodes", "127.0.0.1:1", "--give-up", "0.3", .. more]);
}
