using System.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>What verbs that receive tell others, unless an option or a variable says no.</summary>
internal sealed class Disclosure
{
    private const string Off = "off";
    private const string On = "on";

    /// <summary>How far somebody has read.</summary>
    public static readonly Disclosure ReadReceipts = new(
        "--no-read-receipts", "PARLEY_READ_RECEIPTS", "Tell nobody what was read here", "unread counts go on");

    /// <summary>That somebody is there.</summary>
    public static readonly Disclosure Presence = new(
        "--no-presence", "PARLEY_PRESENCE", "Tell nobody that you are here", "who is logged in, all may know");

    private readonly string option;
    private readonly string variable;
    private readonly string description;

    private Disclosure(string option, string variable, string what, string rest)
    {
        this.option = option;
        this.variable = variable;
        description = $"{what} (always: {variable}={Off}); {rest}";
    }

    private string? Setting => Environment.GetEnvironmentVariable(variable);

    public Option<bool> AddTo(Command command)
    {
        var added = new Option<bool>(option) { Description = description };
        command.Options.Add(added);
        command.Validators.Add(result =>
        {
            // Who wrote "no" meant something: it is not taken for yes.
            if (Setting is { Length: > 0 } found && !Is(found, Off) && !Is(found, On))
            {
                result.AddError($"{variable}: {On} or {Off} expected, '{found}' found");
            }
        });
        return added;
    }

    /// <summary>Whether others are told.</summary>
    public bool IsWanted(ParseResult parsed, Option<bool> added) => !parsed.GetValue(added) && !Is(Setting, Off);

    private static bool Is(string? found, string setting) =>
        string.Equals(found, setting, StringComparison.OrdinalIgnoreCase);
}
