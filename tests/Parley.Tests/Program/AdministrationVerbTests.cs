using Parley.Client;
using Parley.CommandLine;
using Parley.Local;
using Parley.Tests.Cluster;

namespace Parley.Tests.Program;

/// <summary>The verbs of administrators, as people type them, on a cluster that lets in by invitation.</summary>
[Collection(ClusterCollection.Name)]
public sealed class AdministrationVerbTests
{
    [Fact]
    public async Task An_administrator_invites_changes_settings_and_removes_and_all_of_it_is_in_the_audit()
    {
        var options = TestCluster.Options with
        {
            Size = 1,
            Arguments = [.. TestCluster.Options.Arguments, "--registration", "invitation"],
        };
        await using var cluster = await LocalCluster.StartAsync(options, TestContext.Current.CancellationToken);

        Assert.Equal((0, "created alice"), await RunAsync(cluster, "alice", "account", "create", "alice"));
        Assert.Equal((1, ""), await RunAsync(cluster, "bob", "account", "create", "bob"));
        var (_, code) = await RunAsync(cluster, "alice", "invite", "create", "--uses", "2", "--expires", "1h");
        Assert.Equal((0, "created bob"), await RunAsync(cluster, "bob", "account", "create", "bob", "--invite", code));
        Assert.Equal(
            (0, "created carol"), await RunAsync(cluster, "carol", "account", "create", "carol", "--invite", code));
        Assert.Equal((1, ""), await RunAsync(cluster, "dave", "account", "create", "dave", "--invite", code));

        Assert.Equal((1, ""), await RunAsync(cluster, "bob", "invite", "create"));
        Assert.Equal((1, ""), await RunAsync(cluster, "bob", "settings", "set", "registration", "open"));
        Assert.Equal((1, ""), await RunAsync(cluster, "alice", "settings", "set", "registration", "ajar"));
        Assert.Equal((6, ""), await RunAsync(cluster, "alice", "account", "disable", "alice"));
        Assert.Equal((5, ""), await RunAsync(cluster, "alice", "account", "disable", "nobody"));

        Assert.Equal((0, "disabled bob"), await RunAsync(cluster, "alice", "account", "disable", "bob"));
        Assert.Equal((1, ""), await RunAsync(cluster, "bob", "account", "list"));
        Assert.Equal((0, "enabled bob"), await RunAsync(cluster, "alice", "account", "enable", "bob"));
        Assert.Equal(
            (0, "registration is closed"),
            await RunAsync(cluster, "alice", "settings", "set", "registration", "closed"));
        Assert.Equal((0, "closed"), await RunAsync(cluster, "alice", "settings", "get", "registration"));
        Assert.Equal((6, ""), await RunAsync(cluster, "alice", "account", "delete"));
        Assert.Equal((0, "deleted carol"), await RunAsync(cluster, "alice", "account", "remove", "carol"));

        var (_, accounts) = await RunAsync(cluster, "alice", "account", "list");
        Assert.Matches(@"^alice +online +administrator\nbob +offline +member$", accounts);
        var (_, audit) = await RunAsync(cluster, "alice", "audit");
        Assert.Equal(
            [
                "alice deleted carol",
                "alice settings-changed  registration=closed",
                "alice enabled bob",
                "alice disabled bob",
                "alice invite-created  uses=2",
            ],
            audit.Split('\n').Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
        await RevokeAsync(cluster);
        await ActOnBobAsync(cluster);
        await RefuseActsAsync(cluster);
        await KeepCredentialsAsync(cluster);
    }

    /// <summary>What has no id is not repeated when an attempt took too long: here none does.</summary>
    private static ParleyClient NewClient(LocalCluster cluster) =>
        new(new() { Nodes = cluster.Addresses, AttemptDeadline = TestCluster.Patience });

    /// <summary>An invitation is listed without its code, and after its end lets nobody in, who had the code or not.
    /// </summary>
    private static async Task RevokeAsync(LocalCluster cluster)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var client = NewClient(cluster);
        await using var alice = await client.LoginAsync("alice", TestCluster.Password, new(), stop);
        var settings = await alice.GetSettingsAsync(stop);
        await alice.ChangeSettingAsync(settings.Revision, "registration", "invitation", stop);
        var code = await alice.CreateInviteAsync(7, TimeSpan.FromHours(1), stop);
        await alice.LogoutAsync(stop);

        var (_, listed) = await RunAsync(cluster, "alice", "invite", "list");
        Assert.Matches(@"^\d+ +uses left 7 +made \S+Z until \S+Z by alice$", listed);
        var number = listed.Split(' ')[0];
        Assert.Equal((1, ""), await RunAsync(cluster, "bob", "invite", "list"));
        Assert.Equal((1, ""), await RunAsync(cluster, "bob", "invite", "revoke", number));
        Assert.Equal((5, ""), await RunAsync(cluster, "alice", "invite", "revoke", "999999"));
        Assert.Equal((0, $"revoked {number}"), await RunAsync(cluster, "alice", "invite", "revoke", number));
        Assert.Equal((0, ""), await RunAsync(cluster, "alice", "invite", "list"));
        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => client.CreateAccountAsync("dave", TestCluster.Password, code, stop));
        Assert.Equal("INVITE_INVALID", refused.Reason);
        var (_, audit) = await RunAsync(cluster, "alice", "audit", "--count", "1");
        Assert.EndsWith($" alice invite-revoked  invite={number}", audit, StringComparison.Ordinal);
    }

    /// <summary>Each act, and that bob notices.</summary>
    private static async Task ActOnBobAsync(LocalCluster cluster)
    {
        const string NewPassword = "another horse";
        var stop = TestContext.Current.CancellationToken;
        await using var client = NewClient(cluster);
        await using var ended = await client.LoginAsync("bob", TestCluster.Password, new(), stop);

        Assert.Equal((0, "ended the session of bob"), await RunAsync(cluster, "alice", "session", "end", "BOB"));
        await Assert.ThrowsAsync<NotAuthenticatedException>(() => ended.ListTokensAsync(stop));
        Assert.Equal((0, "made administrator: bob"), await RunAsync(cluster, "alice", "account", "promote", "bob"));
        await using var bob = await client.LoginAsync("bob", TestCluster.Password, new(), stop);
        await bob.GetSettingsAsync(stop);
        Assert.Equal((0, "made member: bob"), await RunAsync(cluster, "alice", "account", "demote", "bob"));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => bob.GetSettingsAsync(stop));
        Assert.Equal("NOT_ALLOWED", refused.Reason);
        Assert.Equal(
            (0, """{"name":"bob"}"""),
            await RunAsync(cluster, "alice", "account", "reset-password", "bob", "-o", "json"));
        await Assert.ThrowsAsync<NotAuthenticatedException>(() => bob.ListTokensAsync(stop));
        await Assert.ThrowsAsync<NotAuthenticatedException>(
            () => client.LoginAsync("bob", TestCluster.Password, new(), stop));
        await using var again = await client.LoginAsync("bob", NewPassword, new(), stop);
        await again.ChangePasswordAsync(NewPassword, TestCluster.Password, stop);

        var (_, audit) = await RunAsync(cluster, "alice", "audit");
        Assert.Equal(
            ["password-reset bob", "made-member bob", "made-administrator bob", "session-ended bob"],
            audit.Split('\n').Take(4).Select(line => line[(line.IndexOf("alice", StringComparison.Ordinal) + 6)..]));
        await again.LogoutAsync(stop);
    }

    /// <summary>Who may not, whom there is not, and oneself: the exit code says it to scripts, a sentence to people.
    /// </summary>
    private static async Task RefuseActsAsync(LocalCluster cluster)
    {
        (string As, string Of, int Code, string Sentence)[] rows =
        [
            ("bob", "alice", ExitCodes.Refused, "only an administrator may do this"),
            ("alice", "nobody", ExitCodes.NotFound,
                "there is no such account, room, conversation, message, invitation or device token"),
            ("alice", "alice", ExitCodes.Conflict,
                "administrators do this to others' accounts only; another administrator can do it to this one"),
            ("alice", "../bob", ExitCodes.Refused,
                "a name is 1 to 32 of a-z, 0-9, '.', '_', '-' and begins with a letter or digit"),
        ];
        string[][] acts = [["session", "end"], ["account", "promote"], ["account", "demote"], ["account", "remove"]];
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, TestCluster.Password, TestContext.Current.CancellationToken);
        var nodes = string.Join(',', cluster.Addresses);
        foreach (var (account, of, code, sentence) in rows)
        {
            foreach (var act in acts)
            {
                var found = await ProgramRun.RunAsync(
                    [.. act, of, "--as", account, "--password-file", file, "--nodes", nodes]);
                Assert.Equal((code, "", $"parley: {sentence}\n"), found);
            }

            Assert.Equal((code, ""), await RunAsync(cluster, account, "account", "reset-password", of));
        }

        File.Delete(file);
    }

    /// <summary>Device tokens and the own password, of alice.</summary>
    private static async Task KeepCredentialsAsync(LocalCluster cluster)
    {
        var (made, token) = await RunAsync(cluster, "alice", "token", "create", "nightly backup");
        Assert.Equal(0, made);
        Assert.Matches("^parley_[A-Za-z0-9_-]{43}$", token);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, token, TestContext.Current.CancellationToken);

        Assert.Equal((0, "alice online"), await OnlineAsync("alice"));
        Assert.Equal((4, ""), await OnlineAsync("bob"));
        var (_, listed) = await RunAsync(cluster, "alice", "token", "list");
        Assert.Matches(@"^\d+ +\d{4}-\d\d-\d\dT[\d:.]+Z +nightly backup$", listed);
        var number = listed.Split(' ')[0];
        Assert.Equal((0, $"revoked {number}"), await RunAsync(cluster, "alice", "token", "revoke", number));
        Assert.Equal((4, ""), await OnlineAsync("alice"));

        Assert.Equal((0, "changed the password of alice"), await RunAsync(cluster, "alice", "account", "password"));
        Assert.Equal((4, ""), await RunAsync(cluster, "alice", "account", "list"));
        File.Delete(file);

        async Task<(int Code, string Output)> OnlineAsync(string account)
        {
            var (code, output) = await RunAsync(cluster, account, "account", "list", "alice", "--token-file", file);
            return (code, string.Join(' ', output.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2)));
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(
        LocalCluster cluster, string account, params string[] arguments)
    {
        using var process = ParleyProcess.Start(cluster, account, arguments);
        return await process.ReadToEndAsync();
    }
}
