using System.Text.Json;
using Parley.CommandLine;
using Parley.Tests.Program;

namespace Parley.Tests.Backup;

/// <summary>The verbs on a stopped node's directory, as an operator types them.</summary>
public sealed class BackupVerbTests : IDisposable
{
    private readonly BackedUpNode node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task A_backup_is_made_looked_at_verified_and_restored()
    {
        var made = await CreateAsync("--as-it-is", "-o", "json");
        var inspected = await ProgramRun.RunAsync("backup", "inspect", node.File1, "-o", "json");
        var told = await ProgramRun.RunAsync("backup", "inspect", node.File1);
        var verified = await ProgramRun.RunAsync("backup", "verify", node.File1, "-o", "json");
        var restored = await ProgramRun.RunAsync(
            "backup", "restore", node.File1, "--data", node.PathOf("new"), "--member", "1=127.0.0.1:7501",
            "-o", "json");

        Assert.Equal((0, 0, 0, 0, 0), (made.Code, inspected.Code, told.Code, verified.Code, restored.Code));
        Assert.Equal(made.Output, inspected.Output);
        Assert.Equal(made.Output, verified.Output);
        Assert.Contains("every message and all password hashes", made.Error, StringComparison.Ordinal);
        var manifest = JsonElement.Parse(made.Output);
        Assert.Equal(
            (node.Digest, node.AppliedIndex, false),
            (manifest.GetProperty("digest").GetString(), manifest.GetProperty("applied_index").GetInt64(),
                manifest.GetProperty("confirmed").GetBoolean()));
        Assert.Contains("others may have had more", told.Output, StringComparison.Ordinal);
        Assert.Contains("2 accounts, 2 conversations, 4 messages", told.Output, StringComparison.Ordinal);
        Assert.Equal(1, JsonElement.Parse(restored.Output).GetProperty("sessions_ended").GetInt32());
        Assert.Contains("parley cluster add", restored.Error, StringComparison.Ordinal);
    }

    /// <summary>Each line: what is typed, the exit code, and what is said.</summary>
    public static TheoryData<string, int, string> Refusals => new()
    {
        { "backup create BACKUP --data NODE --as-it-is", ExitCodes.Refused, "is there already" },
        { "backup create NEW --data NODE --nodes 127.0.0.1:1 --give-up 0.3", ExitCodes.NoMajority, "none of 1 nodes" },
        { "backup create NEW --data / --as-it-is", ExitCodes.DataDirectoryRefused, "data directory expected" },
        { "backup create NOWHERE/b --data NODE --as-it-is", ExitCodes.Refused, "a folder expected" },
        { "backup inspect NEW", ExitCodes.Refused, "NEW" },
        { "backup inspect NODE/stamp", ExitCodes.Refused, "a backup expected" },
        { "backup verify BACKUP --scratch NOWHERE", ExitCodes.Refused, "a folder expected" },
        { "backup restore BACKUP --data NODE --member 1=127.0.0.1:7501", ExitCodes.DataDirectoryRefused, "empty" },
        { "backup restore BACKUP --data NEW", ExitCodes.Usage, "--bundle FILE or --member" },
        { "backup restore BACKUP --data NEW --member 1=here", ExitCodes.Usage, "ID=HOST:NODEPORT expected" },
        { "backup restore BACKUP --data NEW --bundle NOWHERE", ExitCodes.Refused, "a file expected" },
        { "export --from NODE/state.db", ExitCodes.Refused, "a backup expected" },
        { "cluster recover --from /", ExitCodes.DataDirectoryRefused, "data directory expected" },
        { "cluster recover --from NODE/log/", ExitCodes.DataDirectoryRefused, "data directory expected" },
        { "cluster recover --from NODE/", ExitCodes.DataDirectoryRefused, "its state ends at" },
        { "cluster recover --from NODE/ --scratch NOWHERE", ExitCodes.Refused, "a folder expected" },
        { "cluster recover --from NODE --data NEW", ExitCodes.Usage, "--bundle FILE or --member" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_cannot_be_is_refused_with_a_sentence_and_nothing_is_made(
        string line, int code, string sentence)
    {
        await CreateAsync("--as-it-is");
        var before = node.Names();

        var (found, output, error) = await ProgramRun.RunAsync([.. line.Split(' ').Select(Place)]);

        Assert.Equal((code, ""), (found, output));
        Assert.Contains(Place(sentence), error, StringComparison.Ordinal);
        Assert.Equal(before, node.Names());
    }

    [Fact]
    public async Task A_backup_that_others_may_read_is_warned_of()
    {
        await CreateAsync("--as-it-is");
        File.SetUnixFileMode(node.File1, File.GetUnixFileMode(node.File1) | UnixFileMode.OtherRead);

        var (code, _, error) = await ProgramRun.RunAsync("backup", "inspect", node.File1);

        Assert.Equal(0, code);
        Assert.Contains("others may read it", error, StringComparison.Ordinal);
    }

    /// <summary>The keys and their order are what other programs rely on.</summary>
    [Fact]
    public async Task An_export_has_what_people_made_and_ends_with_how_much_that_was()
    {
        await CreateAsync("--as-it-is");

        var (code, output, _) = await ProgramRun.RunAsync("export", "--from", node.File1);

        Assert.Equal(0, code);
        var lines = output.TrimEnd().Split('\n').Select(line => JsonElement.Parse(line)).ToList();
        Assert.Equal(
            [
                "export: format cluster applied_index log_time",
                "account: account name role created_at disabled_at deleted_at",
                "room: conversation name by_invitation topic owner owner_account retention_days",
                "room_member: conversation name account standing muted barred delivered",
                "conversation: conversation kind room members first_kept last_sequence",
                "message: conversation sequence message_id from from_account sent_at text edited_at deleted",
                "end: accounts rooms conversations messages",
            ],
            lines.Select(KeysOf).Distinct(StringComparer.Ordinal));
        Assert.Equal(
            """{"type":"end","accounts":3,"rooms":1,"conversations":2,"messages":4}""", lines[^1].GetRawText());
        Assert.Equal(
            ["alice administrator", "bob member", "carol member"],
            Of(lines, "account").Select(account => $"{Text(account, "name")} {Text(account, "role")}"));
        Assert.Equal(JsonValueKind.String, Of(lines, "account").Last().GetProperty("deleted_at").ValueKind);
        Assert.Equal(
            ["alice 1 the tide is in", "bob 2 and \"out\" again\nsoon", "alice 3 naïve café ☕", "alice 1 all calm"],
            Of(lines, "message").Select(message =>
                $"{Text(message, "from")} {message.GetProperty("sequence").GetInt64()} {Text(message, "text")}"));
        Assert.Equal(["direct", "room"], Of(lines, "conversation").Select(one => Text(one, "kind")));
        Assert.DoesNotContain("argon2", output, StringComparison.Ordinal);
        Assert.Equal(["chat.backup", "data"], node.Names());
    }

    private static IEnumerable<JsonElement> Of(IEnumerable<JsonElement> lines, string type) =>
        lines.Where(line => Text(line, "type") == type);

    private static string KeysOf(JsonElement line) => $"{Text(line, "type")}: "
        + string.Join(' ', line.EnumerateObject().Skip(1).Select(property => property.Name));

    private static string Text(JsonElement line, string name) => line.GetProperty(name).GetString()!;

    private Task<(int Code, string Output, string Error)> CreateAsync(params string[] options) =>
        ProgramRun.RunAsync(["backup", "create", node.File1, "--data", node.DataDirectory, .. options]);

    private string Place(string word) => word
        .Replace("BACKUP", node.File1, StringComparison.Ordinal)
        .Replace("NODEPORT", "nodeport", StringComparison.Ordinal)
        .Replace("NODE", node.DataDirectory, StringComparison.Ordinal)
        .Replace("nodeport", "NODEPORT", StringComparison.Ordinal)
        .Replace("NOWHERE", node.PathOf("nowhere"), StringComparison.Ordinal)
        .Replace("NEW", node.PathOf("new"), StringComparison.Ordinal);
}
