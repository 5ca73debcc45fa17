using System.CommandLine;
using System.Globalization;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;
using Parley.Verbs.Rooms;

namespace Parley.Verbs.Credentials;

/// <summary>The verb <c>hook</c>: addresses to which programs post messages by HTTP.</summary>
internal static class HookVerb
{
    public static Command Build() => new Command("hook", "Hooks: secrets with which programs post by HTTP")
    {
        BuildCreate(),
        BuildList(),
        TokenVerb.BuildRevoke("End a hook", "parley hook revoke 1042 --as alice"),
    }.WithExamples(
        "parley hook create --room ops --as alice            # prints the token, which is kept nowhere",
        "curl --cacert ca.pem -H 'Idempotency-Key: db3-42' -H 'Content-Type: text/plain' -d 'disk full' \\",
        "    https://chat1:7480/hooks/parley_…               # where node 1 has --http-listen",
        "parley hook revoke 1042 --as alice");

    private static Command BuildCreate()
    {
        var room = new Option<string?>("--room") { Description = "Post to this room", HelpName = "ROOM" };
        var to = new Option<string?>("--to") { Description = "Post to this person", HelpName = "NAME" };
        var label = new Option<string>("--label")
        {
            Description = "What it is for; 1 to 64 bytes",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "hook",
        };
        var command = new Command(
            "create", "Make a hook, after the password, and print its token; it is kept nowhere")
        {
            room, to, label,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(room) is null == result.GetResult(to) is null)
            {
                result.AddError("hook create: either --room ROOM or --to NAME expected");
            }
        });
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CreateAsync(
            options.Read(parsed), parsed.GetValue(room) is { } name ? RoomText.NameOf(name) : parsed.GetValue(to)!,
            parsed.GetValue(label)!, cancellationToken));
        return command.WithExamples(
            "parley hook create --room ops --label 'alerts of db3' --as alice",
            "parley hook create --to bob --as alice");
    }

    private static Command BuildList()
    {
        var command = new Command("list", "List the account's hooks");
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => ListAsync(options.Read(parsed), cancellationToken));
        return command.WithExamples("parley hook list --as alice", "parley hook list -o json --as alice");
    }

    private static async Task<int> CreateAsync(
        ClientSettings asked, string target, string label, CancellationToken cancellationToken)
    {
        var settings = OwnPassword.Ask(asked);
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        var (number, token) = await opened.Session.CreateHookAsync(
            settings.Password!, label, target, cancellationToken);
        TokenVerb.WriteSecret(settings, number, token);
        return ExitCodes.Ok;
    }

    private static async Task<int> ListAsync(ClientSettings settings, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        foreach (var hook in await opened.Session.ListTokensAsync(cancellationToken))
        {
            if (hook.HookTarget is { } target)
            {
                settings.WriteRow(() => Json(hook, target), () => Line(hook, target));
            }
        }

        return ExitCodes.Ok;
    }

    private static string Json(DeviceTokenEntry hook, string target) => JsonLines.Write(json =>
    {
        json.WriteNumber("number", hook.Number);
        json.WriteString("to", target);
        json.WriteString("label", hook.Label);
        json.WriteString("created_at", JsonLines.Time(hook.CreatedAt));
    });

    private static string Line(DeviceTokenEntry hook, string target)
    {
        var to = target.Length == 0 ? "(gone)" : Sanitizer.Line(target);
        return string.Create(CultureInfo.InvariantCulture, $"{hook.Number,-10} {to,-33} {Sanitizer.Line(hook.Label)}");
    }
}
