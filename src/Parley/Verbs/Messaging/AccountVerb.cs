using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;
using Parley.Verbs.Credentials;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>account</c>: create, delete, list; and what administrators do to others' accounts.</summary>
internal static class AccountVerb
{
    public static Command Build() => new Command("account", "Create, delete, list and administer accounts")
    {
        BuildCreate(),
        BuildDelete(),
        PasswordVerb.Build(),
        BuildList(),
        AccountActs.Build("disable", AccountAct.Disable, "disabled", "End its session and let it open none"),
        AccountActs.Build("enable", AccountAct.Enable, "enabled", "Let it log in again"),
        AccountActs.Build("remove", AccountAct.Delete, "deleted", "Delete another's account (delete: the own one)"),
        AccountActs.Build(
            "reset-password", AccountAct.ResetPassword, "reset the password of",
            "Give it another password and end its session"),
        AccountActs.Build("promote", AccountAct.MakeAdministrator, "made administrator:", "Make it administrator"),
        AccountActs.Build("demote", AccountAct.MakeMember, "made member:", "Make it a member"),
    }.WithExamples(
        "parley account create alice",
        "parley account list 'al*' -o json",
        "parley account password --as alice               # the own password",
        "parley account delete --as alice                 # the own account",
        "parley account disable carol --as alice          # alice is administrator",
        "parley account remove carol --as alice");

    private static Command BuildCreate()
    {
        var name = new Argument<string>("NAME") { Description = "1 to 32 of a-z, 0-9, '.', '_', '-'" };
        var invite = new Option<string?>("--invite")
        {
            Description = "The code of an invitation, where registration is by invitation",
            HelpName = "CODE",
        };
        var command = new Command("create", "Create an account; needs no login") { name, invite };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            CreateAsync(
                options.Read(parsed), parsed.GetRequiredValue(name), parsed.GetValue(invite), cancellationToken));
        return command.WithExamples(
            "parley account create alice",
            "parley account create bob --invite 7kq2m-xw4fd-9ztha-vb6ns-p3ryc",
            "PARLEY_PASSWORD='correct horse' parley account create alice");
    }

    private static Command BuildDelete()
    {
        var command = new Command("delete", "Delete the account --as, after its password");
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => DeleteAsync(options.Read(parsed), cancellationToken));
        return command.WithExamples("parley account delete --as alice");
    }

    private static Command BuildList()
    {
        var pattern = new Argument<string>("PATTERN")
        {
            Description = "* stands for any characters, ? for one",
            DefaultValueFactory = _ => "",
        };
        var command = new Command("list", "List accounts by name") { pattern };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            ListAsync(options.Read(parsed), parsed.GetRequiredValue(pattern), cancellationToken));
        return command.WithExamples("parley account list", "parley account list 'b*' -o json");
    }

    private static async Task<int> CreateAsync(
        ClientSettings settings, string name, string? invite, CancellationToken cancellationToken)
    {
        var password = Passwords.Get(settings, Sanitizer.Line(name), isNew: true);
        await using var client = settings.NewClient();
        var created = await client.CreateAccountAsync(name, password, invite, cancellationToken);
        settings.WriteResult(() => JsonLines.Name(created), () => $"created {Sanitizer.Line(created)}");
        return ExitCodes.Ok;
    }

    private static async Task<int> DeleteAsync(ClientSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Account is not { } account)
        {
            throw new VerbFailedException(ExitCodes.Usage, "account delete: --as NAME expected, none given");
        }

        var password = Passwords.Get(settings, account, isNew: false);
        var stored = VerbSession.FindStored(settings);
        var (nodes, ca) = settings.ClusterOf(stored);
        await using var client = settings.NewClient(new ParleyClientOptions
        {
            Nodes = nodes,
            CaFingerprint = ca,
            ClusterId = stored?.Cluster,
            SeenIndex = stored?.SeenIndex ?? 0,
        });
        await using var session = stored is not null
            ? client.Resume(settings.Store, stored)
            : await client.LoginAsync(
                account, password, new LoginOptions { TakeOver = settings.TakeOver }, cancellationToken);
        try
        {
            await session.DeleteAccountAsync(password, cancellationToken);
        }
        catch (ParleyException) when (stored is null)
        {
            // The account stays, and so would the session that was opened for this alone.
            await session.LogoutAsync(cancellationToken);
            throw;
        }

        if (stored is not null)
        {
            settings.Store.Remove(stored);
        }

        settings.WriteResult(() => JsonLines.Name(account), () => $"deleted {Sanitizer.Line(account)}");
        return ExitCodes.Ok;
    }

    private static async Task<int> ListAsync(
        ClientSettings settings, string pattern, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        await foreach (var account in opened.Session.ListAccountsAsync(pattern, cancellationToken))
        {
            settings.WriteRow(() => JsonLines.Account(account), () => Line(account));
        }

        return ExitCodes.Ok;
    }

    private static string Line(AccountEntry account)
    {
        var line = $"{Sanitizer.Line(account.Name),-32} {(account.Online ? "online" : "offline")}";
        return account.IsAdministrator is { } isAdministrator
            ? $"{line,-40} {(isAdministrator ? "administrator" : "member")}{(account.IsDisabled ? " disabled" : "")}"
            : line;
    }
}
