using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using Parley.CommandLine;
using Parley.Server.Hosting;
using Parley.Verbs.Server;

namespace Parley.Verbs.Manual;

/// <summary>parley(1): verbs, arguments, options and examples as the program itself knows them, and what exit codes,
/// variables and files mean.</summary>
internal static class ManualPage
{
    /// <summary>What so many verbs take alike is explained once.</summary>
    private const int CommonFrom = 6;

    internal static readonly IReadOnlyList<(int Code, string Means)> Exits =
    [
        (ExitCodes.Ok, "Done; for a server: stopped as it was told, or removed from its cluster."),
        (ExitCodes.Refused, "Refused; the sentence on standard error says why."),
        (ExitCodes.Usage, "The command line or the settings are wrong; all errors are listed."),
        (ExitCodes.NoMajority, "No node answered, or no majority of them stands."),
        (ExitCodes.NotAuthenticated, "Not logged in, a wrong password, or the session ended."),
        (ExitCodes.NotFound, "There is no such account, room, message, invitation or token."),
        (ExitCodes.Conflict, "It is there already, or goes against how things are."),
        (ExitCodes.OutcomeUnknown, "The outcome is unknown; look before you repeat it."),
        (ExitCodes.Degraded, "status --check: service goes on with fewer nodes; doctor: warnings."),
        (ExitCodes.DataDirectoryRefused, "server: the data directory was refused; keep it, and read the sentence."),
        (ExitCodes.StorageFailed, "server: a write or sync failed; look at the disk."),
        (ProcessEnd.InvariantBroken, "server: an invariant broke; keep the directory, and report it."),
        (ExitCodes.Interrupted, "Ended by Ctrl-C."),
        (ExitCodes.Terminated, "Ended by SIGTERM."),
    ];

    private static readonly (string Name, string Means)[] Variables =
    [
        ("PARLEY_NODES", "Where nodes are, in place of --nodes."),
        ("PARLEY_PASSWORD", "The password, in place of a prompt."),
        ("PARLEY_NEW_PASSWORD", "The new password where one is asked for."),
        ("PARLEY_TOKEN", "A device token to log in with, in place of a password."),
        ("PARLEY_READ_RECEIPTS", "off: others are not told what was read."),
        ($"{ServerSettings.EnvironmentPrefix}...",
            "Any flag of server, in capitals, with _ for -: PARLEY_SERVER_NODE_LISTEN."),
        ("NO_COLOR", "Not empty: no colours."),
        ("XDG_STATE_HOME", "Where logins and outboxes are kept, in its folder parley."),
    ];

    private static readonly (string Name, string Means)[] Files =
    [
        ("~/.local/state/parley", "Logins, links and what was typed while no node answered; for its user alone."),
        ("/etc/parley/server.json", "Settings of the node that the service parley runs, where it is installed so."),
        ("/var/lib/parley", "That node's log and state. Never delete it to make a node start."),
    ];

    public static string Of(RootCommand root, string version)
    {
        var all = AllOf(root, "parley").ToList();
        var common = CommonOf(all);
        var page = new RoffText();
        page.Title("PARLEY", $"Parley {version}", "User Commands");
        page.Section("NAME");
        page.Paragraph("parley - a chat that keeps working when any two of its five servers die");
        page.Section("SYNOPSIS");
        page.Paragraph("parley VERB [arguments] [options]");
        page.Section("DESCRIPTION");
        page.Paragraph(
            "Parley is a self-hosted chat. Each of its servers, or nodes, holds the whole; clients find a living node "
            + "by themselves, and no message is lost or doubled. One program is server, client and tools.");
        page.Section("EXAMPLES");
        page.Lines(ExamplesFirstHelp.Of(root));
        page.Section("VERBS");
        foreach (var (path, command) in all)
        {
            Describe(page, path, command, common);
        }

        page.Section("COMMON OPTIONS");
        page.Paragraph("Taken by the verbs that name them above.");
        foreach (var option in common)
        {
            page.Item(NamesOf(option), MeaningOf(option));
        }

        page.Section("EXIT STATUS");
        foreach (var (code, means) in Exits)
        {
            page.Item(code.ToString(CultureInfo.InvariantCulture), means);
        }

        List(page, "ENVIRONMENT", Variables);
        List(page, "FILES", Files);
        return page.ToString();
    }

    private static void Describe(RoffText page, string path, Command command, IReadOnlyList<Option> common)
    {
        var takes = command.Options.Where(IsShown).ToList();
        var own = takes.Where(option => !common.Any(each => IsAlike(each, option))).ToList();
        var arguments = command.Arguments.Where(argument => !argument.Hidden).ToList();
        string[] words =
            [path, .. arguments.Select(UsageOf), .. command.Subcommands.Count > 0 ? ["VERB"] : Array.Empty<string>()];
        page.Part(string.Join(' ', words));
        page.Paragraph(command.Description ?? "");
        foreach (var argument in arguments.Where(argument => argument.Description is not null))
        {
            page.Item(argument.Name, argument.Description!);
        }

        foreach (var option in own)
        {
            page.Item(NamesOf(option), MeaningOf(option));
        }

        if (takes.Count > own.Count)
        {
            page.Paragraph($"Common options: {string.Join(", ", takes.Except(own).Select(option => option.Name))}");
        }

        if (ExamplesFirstHelp.Of(command) is { Count: > 0 } examples)
        {
            page.Lines(examples);
        }
    }

    private static void List(RoffText page, string title, IEnumerable<(string Name, string Means)> items)
    {
        page.Section(title);
        foreach (var (name, means) in items)
        {
            page.Item(name, means);
        }
    }

    private static IEnumerable<(string Path, Command Command)> AllOf(Command command, string path) =>
        from verb in command.Subcommands
        where !verb.Hidden
        let below = $"{path} {verb.Name}"
        from each in AllOf(verb, below).Prepend((below, verb))
        select each;

    private static List<Option> CommonOf(IEnumerable<(string Path, Command Command)> all)
    {
        var options = all.SelectMany(each => each.Command.Options).Where(IsShown).ToList();
        return
        [
            .. options.DistinctBy(option => (option.Name, option.Description))
                .Where(option => options.Count(each => IsAlike(each, option)) >= CommonFrom),
        ];
    }

    private static bool IsAlike(Option one, Option other) =>
        one.Name == other.Name && one.Description == other.Description;

    private static bool IsShown(Option option) => !option.Hidden && option is not HelpOption;

    private static string UsageOf(Argument argument)
    {
        var name = argument.Arity.MaximumNumberOfValues > 1 ? $"{argument.Name}..." : argument.Name;
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    private static string NamesOf(Option option)
    {
        var names = string.Join(", ", option.Aliases.Order(StringComparer.Ordinal).Append(option.Name));
        return option.HelpName is { } value ? $"{names} {value}" : names;
    }

    private static string MeaningOf(Option option) =>
        $"{option.Description}{(option.Required ? " (required)" : "")}{DefaultOf(option)}";

    private static string DefaultOf(Option option)
    {
        var value = option.HasDefaultValue && option.ValueType != typeof(bool) ? option.GetDefaultValue() : null;
        var text = Convert.ToString(value, CultureInfo.InvariantCulture);
        return string.IsNullOrEmpty(text) || value is System.Collections.IEnumerable and not string
            ? ""
            : $" (default: {text})";
    }
}
