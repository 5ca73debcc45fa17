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
        var words = new Argument<string[]>("LINK NAME")
        {
            Description = "The cluster's link, where this machine does not know it yet; and the account. "
                + "The link alone is kept for all verbs.",
            Arity = new ArgumentArity(0, 2),
        };
        var lease = new Option<double>("--lease-days")
        {
            Description = "The login ends when no node has heard from it for this many days (up to 30)",
            HelpName = "DAYS",
            DefaultValueFactory = _ => LeaseDays,
        };
        var command = new Command("login", "Log in and keep the session for the other verbs") { words, lease };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var given = parsed.GetValue(words) ?? [];
            var settings = options.Read(parsed, given.FirstOrDefault(ClusterLink.IsMeant));
            var names = given.Where(word => !ClusterLink.IsMeant(word)).ToList();
            if (names.Count > 1)
            {
                throw new VerbFailedException(ExitCodes.Usage, "login: one NAME expected, two given");
            }

            var account = names.FirstOrDefault()?.ToLowerInvariant() ?? settings.Account;
            return account is null && settings.DeviceToken is null && settings.Link is { } link
                ? KeepLinkAsync(settings, link, cancellationToken)
                : RunAsync(settings with { Account = account }, parsed.GetValue(lease), cancellationToken);
        });
        return command.WithExamples(
            "parley login alice",
            "PARLEY_TOKEN=parley_… parley login      # with a device token: see parley token create",
            "parley login alice --take-over      # ends the session she has elsewhere",
            "parley login 'parley://chat1:7401,chat2:7401,chat3:7401/?ca=…' alice",
            "parley login 'parley://chat1:7401,…'     # keeps the link; then: parley account create alice");
    }

    /// <summary>Who has no account yet still needs the cluster: its link is kept once a node of it was met.</summary>
    private static async Task<int> KeepLinkAsync(
        ClientSettings settings, ClusterLink link, CancellationToken cancellationToken)
    {
        await using var client = settings.NewClient();
        await client.MeetAsync(cancellationToken);
        settings.KeepLink(client);
        settings.Say($"{Sanitizer.Line(NameOf(link))} it is; next: parley account create NAME, parley login NAME");
        return ExitCodes.Ok;
    }

    private static string NameOf(ClusterLink link) => link.Name.Length > 0 ? link.Name : link.Nodes[0];

    private static async Task<int> RunAsync(
        ClientSettings settings, double leaseDays, CancellationToken cancellationToken)
    {
        if (settings.Account is null && settings.DeviceToken is null)
        {
            throw new VerbFailedException(ExitCodes.Usage, "login: NAME expected, none given");
        }

        if (leaseDays is not (> 0 and <= LeaseDays))
        {
            throw new VerbFailedException(
                ExitCodes.Usage, $"--lease-days: above 0, at most {LeaseDays} expected, {leaseDays} found");
        }

        var secret = Passwords.GetSecret(settings);
        await using var client = settings.NewClient();
        var login = new LoginOptions { TakeOver = settings.TakeOver, Lease = TimeSpan.FromDays(leaseDays) };
        var stored = await client.LoginStoredAsync(settings.Store, secret, login, cancellationToken);
        settings.KeepLink(client);
        settings.WriteResult(
            () => JsonLines.Name(stored.Account),
            () => $"logged in as {Sanitizer.Line(stored.Account)}");
        return ExitCodes.Ok;
    }
}
