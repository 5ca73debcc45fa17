using System.CommandLine;
using System.Globalization;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Credentials;

/// <summary>The verb <c>token</c>: device tokens, with which programs log in.</summary>
internal static class TokenVerb
{
    public static Command Build() => new Command("token", "Device tokens: secrets with which programs log in")
    {
        BuildCreate(),
        BuildList(),
        BuildRevoke(),
    }.WithExamples(
        "parley token create 'nightly backup' --as backup-bot     # prints the token, which is kept nowhere",
        "PARLEY_TOKEN=parley_… parley send alice 'backup done'",
        "parley token revoke 1042 --as backup-bot");

    private static Command BuildCreate()
    {
        var label = new Argument<string>("LABEL") { Description = "What it is for; 1 to 64 bytes" };
        var command = new Command(
            "create", "Make a device token, after the password, and print it; it is kept nowhere")
        {
            label,
        };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            CreateAsync(options.Read(parsed), parsed.GetRequiredValue(label), cancellationToken));
        return command.WithExamples("parley token create 'nightly backup' --as backup-bot");
    }

    private static Command BuildList()
    {
        var command = new Command("list", "List the account's device tokens");
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => ListAsync(options.Read(parsed), cancellationToken));
        return command.WithExamples("parley token list --as backup-bot", "parley token list -o json --as backup-bot");
    }

    private static Command BuildRevoke() => BuildRevoke(
        "End a device token, and the session opened with it", "parley token revoke 1042 --as backup-bot");

    /// <summary>Of tokens and hooks alike.</summary>
    public static Command BuildRevoke(string description, string example)
    {
        var number = new Argument<long>("NUMBER") { Description = "As list shows it" };
        var command = new Command("revoke", description) { number };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            RevokeAsync(options.Read(parsed), parsed.GetRequiredValue(number), cancellationToken));
        return command.WithExamples(example);
    }

    private static async Task<int> CreateAsync(
        ClientSettings asked, string label, CancellationToken cancellationToken)
    {
        var settings = OwnPassword.Ask(asked);
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        var (number, token) = await opened.Session.CreateTokenAsync(settings.Password!, label, cancellationToken);
        WriteSecret(settings, number, token);
        return ExitCodes.Ok;
    }

    /// <summary>Shown once.</summary>
    public static void WriteSecret(ClientSettings settings, long number, string token) => settings.WriteResult(
        () => JsonLines.Write(json =>
        {
            json.WriteNumber("number", number);
            json.WriteString("token", token);
        }),
        () => token);

    private static async Task<int> ListAsync(ClientSettings settings, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        var tokens = await opened.Session.ListTokensAsync(cancellationToken);
        foreach (var token in tokens.Where(token => token.HookTarget is null))
        {
            settings.WriteRow(() => JsonLines.DeviceToken(token), () => Line(token));
        }

        return ExitCodes.Ok;
    }

    private static async Task<int> RevokeAsync(
        ClientSettings settings, long number, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        await opened.Session.RevokeTokenAsync(number, cancellationToken);
        settings.WriteResult(
            () => JsonLines.Write(json => json.WriteNumber("number", number)),
            () => string.Create(CultureInfo.InvariantCulture, $"revoked {number}"));
        return ExitCodes.Ok;
    }

    private static string Line(DeviceTokenEntry token)
    {
        var used = token.UsedAt is { } at ? JsonLines.Time(at) : "never used";
        var state = token.Online ? "online" : used;
        return string.Create(
            CultureInfo.InvariantCulture, $"{token.Number,-10} {state,-24} {Sanitizer.Line(token.Label)}");
    }
}
