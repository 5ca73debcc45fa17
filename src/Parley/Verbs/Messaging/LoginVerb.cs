using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>login</c>: keeps a session for the other verbs.</summary>
internal static class LoginVerb
{
    private const double LeaseDays = 30;

    public static Command Build()
    {
        var name = new Argument<string?>("NAME") { Description = "The account", Arity = ArgumentArity.ZeroOrOne };
        var lease = new Option<double>("--lease-days")
        {
            Description = "The login ends when no node has heard from it for this many days (up to 30)",
            HelpName = "DAYS",
            DefaultValueFactory = _ => LeaseDays,
        };
        var command = new Command("login", "Log in and keep the session for the other verbs") { name, lease };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var settings = options.Read(parsed);
            var given = parsed.GetValue(name)?.ToLowerInvariant();
            return RunAsync(
                settings with { Account = given ?? settings.Account }, parsed.GetValue(lease), cancellationToken);
        });
        return command.WithExamples(
            "parley login alice",
            "parley login alice --take-over      # ends the session she has elsewhere",
            "parley login alice --nodes chat1:7401,chat2:7401,chat3:7401");
    }

    private static async Task<int> RunAsync(
        ClientSettings settings, double leaseDays, CancellationToken cancellationToken)
    {
        if (settings.Account is not { } account)
        {
            throw new VerbFailedException(ExitCodes.Usage, "login: NAME expected, none given");
        }

        if (leaseDays is not (> 0 and <= LeaseDays))
        {
            throw new VerbFailedException(
                ExitCodes.Usage, $"--lease-days: above 0, at most {LeaseDays} expected, {leaseDays} found");
        }

        var password = Passwords.Get(settings, Sanitizer.Line(account), isNew: false);
        await using var client = settings.NewClient();
        var login = new LoginOptions { TakeOver = settings.TakeOver, Lease = TimeSpan.FromDays(leaseDays) };
        var stored = await client.LoginStoredAsync(settings.Store, account, password, login, cancellationToken);
        settings.WriteLine(settings.Json
            ? JsonLines.Name(stored.Account)
            : $"logged in as {Sanitizer.Line(stored.Account)}");
        return ExitCodes.Ok;
    }
}
