using System.CommandLine;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Administration;

/// <summary>The verb <c>settings</c>: reads and changes what holds for the whole cluster.</summary>
internal static class SettingsVerb
{
    public static Command Build() => new Command(
        "settings", "Read and change the cluster's settings; for administrators")
    {
        BuildGet(),
        BuildSet(),
    }.WithExamples("parley settings get --as alice", "parley settings set registration closed --as alice");

    private static Command BuildGet()
    {
        var name = new Argument<string?>("NAME") { Description = "One setting", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("get", "Print all settings, or the value of one") { name };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            GetAsync(options.Read(parsed), parsed.GetValue(name), cancellationToken));
        return command.WithExamples("parley settings get --as alice", "parley settings get registration --as alice");
    }

    private static Command BuildSet()
    {
        var name = new Argument<string>("NAME") { Description = "The setting" };
        var value = new Argument<string>("VALUE") { Description = "Its new value" };
        var command = new Command("set", "Change a setting") { name, value };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => SetAsync(
            options.Read(parsed), parsed.GetRequiredValue(name), parsed.GetRequiredValue(value), cancellationToken));
        return command.WithExamples(
            "parley settings set registration invitation --as alice", "parley settings set retention 90 --as alice");
    }

    private static async Task<int> GetAsync(
        ClientSettings settings, string? name, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        var found = (await opened.Session.GetSettingsAsync(cancellationToken)).Settings
            .Where(each => name is null || string.Equals(each.Name, name, StringComparison.Ordinal)).ToList();
        if (found.Count == 0)
        {
            throw new VerbFailedException(ExitCodes.NotFound, $"settings: no setting is called '{name}'");
        }

        foreach (var setting in found)
        {
            settings.WriteRow(
                () => JsonLines.Setting(setting),
                () => Sanitizer.Line(
                    name is null ? $"{setting.Name,-22} {setting.Value,-12} ({setting.Expected})" : setting.Value));
        }

        return ExitCodes.Ok;
    }

    private static async Task<int> SetAsync(
        ClientSettings settings, string name, string value, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        var now = await opened.Session.GetSettingsAsync(cancellationToken);
        await opened.Session.ChangeSettingAsync(now.Revision, name, value, cancellationToken);
        settings.WriteResult(
            () => JsonLines.Write(json =>
            {
                json.WriteString("name", name);
                json.WriteString("value", value);
            }),
            () => Sanitizer.Line($"{name} is {value}"));
        return ExitCodes.Ok;
    }
}
