using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>account</c>: create, delete, list.</summary>
internal static class AccountVerb
{
    public static Command Build() => new Command("account", "Create, delete and list accounts")
    {
        BuildCreate(),
        BuildDelete(),
        BuildList(),
    }.WithExamples(
        "parley account create alice",
        "parley account list 'al*' -o json",
        "parley account delete --as alice");

    private static Command BuildCreate()
    {
        var name = new Argument<string>("NAME") { Description = "1 to 32 of a-z, 0-9, '.', '_', '-'" };
        var command = new Command("create", "Create an account; needs no login") { name };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            CreateAsync(options.Read(parsed), parsed.GetRequiredValue(name), cancellationToken));
        return command.WithExamples(
            "parley account create alice", "PARLEY_PASSWORD='correct horse' parley account create alice");
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
        ClientSettings settings, string name, CancellationToken cancellationToken)
    {
        var password = Passwords.Get(settings, Sanitizer.Line(name), isNew: true);
        await using var client = settings.NewClient();
        var created = await client.CreateAccountAsync(name, password, cancellationToken);
        settings.WriteLine(settings.Json ? JsonLines.Name(created) : $"created {Sanitizer.Line(created)}");
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
        await using var client = settings.NewClient(new ParleyClientOptions
        {
            Nodes = stored is null || settings.Nodes.Count > 0 ? settings.NodesOrDefault : stored.Nodes,
            ClusterId = stored?.Cluster,
            SeenIndex = stored?.SeenIndex ?? 0,
        });
        await using var session = stored is not null
            ? client.Resume(settings.Store, stored)
            : await client.LoginAsync(
                account, password, new LoginOptions { TakeOver = settings.TakeOver }, cancellationToken);
        await session.DeleteAccountAsync(password, cancellationToken);
        if (stored is not null)
        {
            settings.Store.Remove(stored);
        }

        settings.WriteLine(settings.Json ? JsonLines.Name(account) : $"deleted {Sanitizer.Line(account)}");
        return ExitCodes.Ok;
    }

    private static async Task<int> ListAsync(
        ClientSettings settings, string pattern, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        await foreach (var account in opened.Session.ListAccountsAsync(pattern, cancellationToken))
        {
            settings.WriteLine(settings.Json
                ? JsonLines.Account(account)
                : $"{Sanitizer.Line(account.Name),-32} {(account.Online ? "online" : "offline")}");
        }

        return ExitCodes.Ok;
    }
}
