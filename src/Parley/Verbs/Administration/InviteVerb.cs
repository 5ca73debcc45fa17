using System.CommandLine;
using System.Globalization;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Administration;

/// <summary>The verb <c>invite</c>: codes with which others create accounts.</summary>
internal static class InviteVerb
{
    private const string SevenDays = "7d";

    public static Command Build() => new Command("invite", "Invite others; for administrators")
    {
        BuildCreate(),
        BuildList(),
        BuildRevoke(),
    }.WithExamples(
        "parley invite create --as alice",
        "parley invite create --uses 20 --expires 12h --as alice",
        "parley invite list --as alice",
        "parley invite revoke 1042 --as alice");

    private static Command BuildCreate()
    {
        var uses = new Option<int>("--uses")
        {
            Description = "How many accounts may be made with it, 1 to 1000",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var expires = new Option<string>("--expires")
        {
            Description = "How long it is good for: a number with s, m, h or d, up to 365d",
            HelpName = "SPAN",
            DefaultValueFactory = _ => SevenDays,
        };
        var command = new Command("create", "Make an invitation and print its code, which is kept nowhere")
        {
            uses, expires,
        };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CreateAsync(
            options.Read(parsed), parsed.GetValue(uses), parsed.GetValue(expires) ?? SevenDays, cancellationToken));
        return command.WithExamples("parley invite create --as alice", "parley invite create --uses 20 --expires 12h");
    }

    private static Command BuildList()
    {
        var command = new Command("list", "List the invitations with which accounts can still be made");
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => ListAsync(options.Read(parsed), cancellationToken));
        return command.WithExamples("parley invite list --as alice", "parley invite list -o json --as alice");
    }

    private static Command BuildRevoke()
    {
        var number = new Argument<long>("NUMBER") { Description = "As 'parley invite list' shows it" };
        var command = new Command("revoke", "Let no more accounts be made with an invitation") { number };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            RevokeAsync(options.Read(parsed), parsed.GetRequiredValue(number), cancellationToken));
        return command.WithExamples("parley invite revoke 1042 --as alice");
    }

    private static async Task<int> CreateAsync(
        ClientSettings settings, int uses, string expires, CancellationToken cancellationToken)
    {
        if (uses < 1)
        {
            throw new VerbFailedException(ExitCodes.Usage, $"--uses: 1 to 1000 expected, {uses} found");
        }

        var lifetime = FindSpan(expires) ?? throw new VerbFailedException(
            ExitCodes.Usage, $"--expires: a number with s, m, h or d expected, '{expires}' found");
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        var code = await opened.Session.CreateInviteAsync(uses, lifetime, cancellationToken);
        settings.WriteResult(() => JsonLines.Write(json => json.WriteString("code", code)), () => code);
        return ExitCodes.Ok;
    }

    private static async Task<int> ListAsync(ClientSettings settings, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        await foreach (var invite in opened.Session.ListInvitesAsync(cancellationToken))
        {
            settings.WriteRow(() => JsonLines.Invite(invite), () => Line(invite));
        }

        return ExitCodes.Ok;
    }

    private static async Task<int> RevokeAsync(
        ClientSettings settings, long number, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        await opened.Session.RevokeInviteAsync(number, cancellationToken);
        settings.WriteResult(
            () => JsonLines.Write(json => json.WriteNumber("number", number)),
            () => string.Create(CultureInfo.InvariantCulture, $"revoked {number}"));
        return ExitCodes.Ok;
    }

    private static string Line(InviteEntry invite)
    {
        var creator = invite.Creator.Length == 0 ? "(an account that is gone)" : Sanitizer.Line(invite.Creator);
        var times = $"made {JsonLines.Time(invite.CreatedAt)} until {JsonLines.Time(invite.ExpiresAt)}";
        return string.Create(
            CultureInfo.InvariantCulture, $"{invite.Number,-10} uses left {invite.UsesLeft,-4} {times} by {creator}");
    }

    /// <summary>Above zero, at most 365 days; null for anything else.</summary>
    internal static TimeSpan? FindSpan(string text)
    {
        if (text.Length < 2
            || !int.TryParse(
                text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var most = TimeSpan.FromDays(365);
        var unit = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => TimeSpan.Zero,
        };
        return unit > TimeSpan.Zero && number > 0 && number <= most / unit ? number * unit : null;
    }
}
