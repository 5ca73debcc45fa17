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
        await KeepCredentialsAsync(cluster);
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
