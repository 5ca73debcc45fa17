using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;

namespace Parley.Tests.BadInput;

/// <summary>Lists and their pages, and what administrators ask for.</summary>
[Collection(BadInputCollection.Name)]
[Trait("Promise", "8")]
public sealed class AdministrationInputTests(BadInputStage stage)
{
    private const string BadArgument = "INVALID_ARGUMENT ARGUMENT_INVALID";
    private const string BadSize = "INVALID_ARGUMENT PAGE_SIZE_INVALID";
    private const string BadToken = "INVALID_ARGUMENT PAGE_TOKEN_INVALID";

    [Fact]
    public async Task Pages()
    {
        var bobs = await stage.Node(1).Messages.ListMessagesAsync(
            new() { With = "carol", PageSize = 1 }, stage.As(stage.Bob).Options);
        Assert.NotEmpty(bobs.NextPageToken);

        await stage.RunAsync(
        [
            Row.Session("a page size of -1",
                caller => caller.ListMessagesAsync(new() { With = "carol", PageSize = -1 }), BadSize),
            Row.Session("the least page size there is",
                caller => caller.ListAccountsAsync(new() { PageSize = int.MinValue }), BadSize),
            Row.Session("a page size of 10^9",
                caller => caller.ListAccountsAsync(new() { PageSize = 1_000_000_000 }), Row.Ok),
            Row.Session("a page after -1",
                caller => caller.ListMessagesAsync(new() { With = "carol", AfterSequence = -1 }),
                $"{BadArgument}: after_sequence: 0 or more is expected"),
            Row.Session("a page after the last there can be",
                caller => caller.ListMessagesAsync(new() { With = "carol", AfterSequence = long.MaxValue }), Row.Ok),
            Row.Session("a forged page token",
                caller => caller.ListMessagesAsync(new() { With = "carol", PageToken = caller.Canary }), BadToken),
            Row.Session("a page token of 10 KB",
                caller => caller.ListAccountsAsync(new() { PageToken = new string('A', 10_240) }), BadToken),
            Row.Session("a page token with NUL",
                caller => caller.ListAccountsAsync(new() { PageToken = "AAAA\0AAAAAAAAAA" }), BadToken),
            Row.Session("a page token of another list",
                caller => caller.ListAccountsAsync(new() { PageToken = bobs.NextPageToken }), BadToken),
            new Row("another's page token",
                caller => caller.ListMessagesAsync(new() { With = "carol", PageToken = bobs.NextPageToken }),
                Row.NoSession, Row.Ok, BadToken),
            Row.Administrators("a page token of messages for the audit",
                async caller => await caller.Node.Administration.ListAuditAsync(
                    new() { PageToken = bobs.NextPageToken }, caller.Options),
                BadToken),
            Row.Administrators("an audit page of -1",
                async caller => await caller.Node.Administration.ListAuditAsync(
                    new() { PageSize = -1 }, caller.Options),
                BadSize),
            Row.Session("history with nobody", caller => caller.ListMessagesAsync(new() { With = "nobody" }),
                "NOT_FOUND NOT_FOUND"),
            Pattern("of SQL", "%' OR 1=1"),
            Pattern("with a bracket", "[a-z]"),
            Pattern("of 65 characters", new string('*', 65)),
            Pattern("with an escape sequence", "\u001b[2J*"),
            Row.Session("a pattern of 64 asterisks",
                caller => caller.ListAccountsAsync(new() { Pattern = new string('*', 64) }), Row.Ok),
            Row.Session("a pattern that takes long to match",
                caller => caller.ListAccountsAsync(new() { Pattern = string.Concat(Enumerable.Repeat("*a", 32)) }),
                Row.Ok),
        ]);
    }

    [Fact]
    public Task Pages_from_the_end() => stage.RunAsync(
    [
        Row.Session("a page before -1",
            caller => caller.ListMessagesAsync(
                new() { With = "carol", Backward = true, BeforeSequence = long.MinValue }),
            $"{BadArgument}: before_sequence: 0 or more is expected"),
        Row.Session("a page before the first",
            caller => caller.ListMessagesAsync(new() { With = "carol", Backward = true, BeforeSequence = 1 }),
            Row.Ok),
        Row.Session("a page before the last there can be",
            caller => caller.ListMessagesAsync(
                new() { With = "carol", Backward = true, BeforeSequence = long.MaxValue }),
            Row.Ok),
        Row.Session("a page from both ends",
            caller => caller.ListMessagesAsync(new() { With = "carol", Backward = true, AfterSequence = 1 }),
            $"{BadArgument}: after_sequence: 0 is expected where backward is set"),
        Row.Session("a page that is to end somewhere, forward",
            caller => caller.ListMessagesAsync(new() { With = "carol", BeforeSequence = 9 }),
            $"{BadArgument}: before_sequence: 0 is expected where backward is not set"),
        Row.Session("a forged page token of the end",
            caller => caller.ListMessagesAsync(new() { With = "carol", Backward = true, PageToken = caller.Canary }),
            BadToken),
    ]);

    [Fact]
    public Task Others_accounts() => stage.RunAsync(
    [
        Change("no change", "dave", AccountChange.Unspecified,
            $"{BadArgument}: change: one of AccountChange is expected"),
        Change("a change that is none", "dave", (AccountChange)99,
            $"{BadArgument}: change: one of AccountChange is expected"),
        Change("a negative change", "dave", (AccountChange)(-1),
            $"{BadArgument}: change: one of AccountChange is expected"),
        Change("deletion of nobody", "nobody", AccountChange.Delete, "NOT_FOUND NOT_FOUND"),
        Change("deletion of a name of SQL", "'; DROP", AccountChange.Delete, "INVALID_ARGUMENT NAME_INVALID"),
        Change("deletion of oneself", "alice", AccountChange.Delete, "FAILED_PRECONDITION OWN_ACCOUNT"),
        Change("disabling oneself, in capitals", "ALICE", AccountChange.Disable, "FAILED_PRECONDITION OWN_ACCOUNT"),
        Change("an empty new password", "dave", AccountChange.ResetPassword, "INVALID_ARGUMENT PASSWORD_TOO_SHORT"),
        Change("what is so already", "dave", AccountChange.Enable, Row.Ok),
    ]);

    [Fact]
    public Task Invitations_and_settings() => stage.RunAsync(
    [
        Invite("a code hash of 31 bytes", new() { CodeHash = NodeFixture.RandomBytes(31) },
            "code_hash: 32 bytes are expected"),
        Invite("no code hash", new(), "code_hash: 32 bytes are expected"),
        Invite("1,001 uses", new() { CodeHash = NodeFixture.RandomBytes(32), Uses = 1_001 },
            "uses: 0 to 1000 is expected"),
        Invite("-1 uses", new() { CodeHash = NodeFixture.RandomBytes(32), Uses = -1 }, "uses: 0 to 1000 is expected"),
        Invite("a lifetime of 1 ms", new() { CodeHash = NodeFixture.RandomBytes(32), LifetimeMs = 1 },
            "lifetime_ms: 0, or 1000 to 31536000000 is expected"),
        Invite("a lifetime for ever", new() { CodeHash = NodeFixture.RandomBytes(32), LifetimeMs = long.MaxValue },
            "lifetime_ms: 0, or 1000 to 31536000000 is expected"),
        Revoke("no invitation", 0),
        Revoke("an invitation with a negative number", -1),
        Revoke("the last invitation there could be", long.MaxValue),
        Row.Administrators("a page of -1 invitations",
            caller => ListInvitesAsync(caller, new() { PageSize = -1 }), BadSize),
        Row.Administrators("a page of 10^9 invitations",
            caller => ListInvitesAsync(caller, new() { PageSize = 1_000_000_000 }), Row.Ok),
        Row.Administrators("a forged page token of invitations",
            caller => ListInvitesAsync(caller, new() { PageToken = caller.Canary }), BadToken),
        Settings("no settings", [], $"{BadArgument}: settings: 1 to 32 are expected"),
        Settings("33 settings", [.. Enumerable.Repeat(("send-rate", "20"), 33)],
            $"{BadArgument}: settings: 1 to 32 are expected"),
        Settings("a setting there is not", [("colour", BadInputStage.Canary)],
            $"{BadArgument}: settings: one of {SettingNames} is expected"),
        Settings("a rate of 0", [("send-rate", "0")],
            $"{BadArgument}: send-rate: 1 to 1000000 messages a second and account, or -1 for no limit expected"),
        Settings("a rate of words", [("send-rate", BadInputStage.Canary)],
            $"{BadArgument}: send-rate: 1 to 1000000 messages a second and account, or -1 for no limit expected"),
        Settings("a rate of 10^30", [("send-rate", "1000000000000000000000000000000")],
            $"{BadArgument}: send-rate: 1 to 1000000 messages a second and account, or -1 for no limit expected"),
        Settings("digits of another script", [("send-burst", "\u0665\u0665")],
            $"{BadArgument}: send-burst: 1 to 1000000 messages expected"),
        Settings("registration by whim", [("registration", "whim")], RegistrationAnswer),
        Settings("one good setting and one bad", [("send-rate", "20"), ("retention", "-5")],
            $"{BadArgument}: retention: delivered, forever or 1 to 36500 days expected"),
        Settings("a setting twice", [("send-rate", "21"), ("send-rate", "22")],
            $"{BadArgument}: settings: each once is expected"),
        Settings("more changes than the audit can say", [.. AllNumbers],
            $"{BadArgument}: settings: changes that the audit can say in 256 bytes are expected; "
            + "change some of them, and then the others"),
        Row.Administrators("settings of a revision that is not",
            async caller => await caller.Node.Administration.ChangeSettingsAsync(
                new() { ExpectedRevision = -1, Settings = { new Setting { Name = "send-rate", Value = "20" } } },
                caller.Options),
            "ABORTED REVISION_CHANGED"),
    ]);

    [Fact]
    public async Task The_audit_says_of_settings_what_changed_and_all_of_it()
    {
        await ChangeAsync(("connections", "1999"), ("send-burst", "61"));
        var first = await NewestActAsync();
        await ChangeAsync(("connections", "1999"), ("send-burst", "62"));
        var second = await NewestActAsync();
        var revision = await ChangeAsync(("send-burst", "62"), ("connections", "1999"));

        Assert.Equal("connections=1999 send-burst=61", first.Detail);
        Assert.Equal("send-burst=62", second.Detail);
        Assert.Equal(second, await NewestActAsync());
        Assert.Equal(revision, await ChangeAsync(("connections", "2000"), ("send-burst", "60")));
    }

    /// <summary>Alice changes settings; returns the revision before.</summary>
    private async Task<long> ChangeAsync(params (string Name, string Value)[] settings)
    {
        var alice = stage.As(stage.Alice);
        var now = await alice.Node.Administration.GetSettingsAsync(new(), alice.Options);
        var request = new ChangeSettingsRequest { ExpectedRevision = now.Revision };
        request.Settings.Add(settings.Select(each => new Setting { Name = each.Name, Value = each.Value }));
        await alice.Node.Administration.ChangeSettingsAsync(request, alice.Options);
        return now.Revision;
    }

    private async Task<AuditedAct> NewestActAsync()
    {
        var alice = stage.As(stage.Alice);
        return (await alice.Node.Administration.ListAuditAsync(new() { PageSize = 1 }, alice.Options)).Acts[0];
    }

    /// <summary>Every setting that is a number, changed.</summary>
    private static IEnumerable<(string Name, string Value)> AllNumbers =>
        from row in Parley.Server.Api.SettingsText.Rows
        where row.Name is not ("registration" or "retention")
        select (row.Name, "77");

    private static string SettingNames =>
        string.Join(", ", Parley.Server.Api.SettingsText.Rows.Select(row => row.Name));

    private static string RegistrationAnswer =>
        $"{BadArgument}: registration: {Parley.Server.Hosting.RegistrationText.Expected} expected";

    private static Row Pattern(string what, string pattern) => Row.Session(
        $"a pattern {what}",
        caller => caller.ListAccountsAsync(new() { Pattern = pattern }),
        $"{BadArgument}: pattern: at most 64 characters of names, * and ? are expected");

    private static Row Change(string input, string name, AccountChange change, string answer) => Row.Administrators(
        input,
        async caller => await caller.Node.Administration.ChangeAccountAsync(
            new() { Name = name, Change = change }, caller.Options),
        answer);

    private static Row Invite(string input, CreateInviteRequest request, string sentence) => Row.Administrators(
        input,
        async caller => await caller.Node.Administration.CreateInviteAsync(request, caller.Options),
        $"{BadArgument}: {sentence}");

    private static Row Revoke(string input, long number) => Row.Administrators(
        $"revoking {input}",
        async caller => await caller.Node.Administration.RevokeInviteAsync(new() { Invite = number }, caller.Options),
        "NOT_FOUND NOT_FOUND");

    private static async Task ListInvitesAsync(Caller caller, ListInvitesRequest request) =>
        await caller.Node.Administration.ListInvitesAsync(request, caller.Options);

    private static Row Settings(string input, (string Name, string Value)[] settings, string answer) =>
        Row.Administrators(
            input,
            async caller =>
            {
                var now = caller.Person?.Name == "alice"
                    ? await caller.Node.Administration.GetSettingsAsync(new(), caller.Options)
                    : new();
                var request = new ChangeSettingsRequest { ExpectedRevision = now.Revision };
                request.Settings.Add(settings.Select(
                    setting => new Setting { Name = setting.Name, Value = setting.Value }));
                await caller.Node.Administration.ChangeSettingsAsync(request, caller.Options);
            },
            answer);
}
