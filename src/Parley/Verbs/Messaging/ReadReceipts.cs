using System.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>The option <c>--no-read-receipts</c> of the verbs that mark something as read.</summary>
internal static class ReadReceipts
{
    private const string Variable = "PARLEY_READ_RECEIPTS";
    private const string Off = "off";
    private const string On = "on";

    public static Option<bool> AddTo(Command command)
    {
        var option = new Option<bool>("--no-read-receipts")
        {
            Description = $"Tell nobody what was read here (always: {Variable}={Off}); unread counts go on",
        };
        command.Options.Add(option);
        command.Validators.Add(result =>
        {
            // Who wrote "no" meant something: it is not taken for yes.
            if (Setting is { Length: > 0 } found && !Is(found, Off) && !Is(found, On))
            {
                result.AddError($"{Variable}: {On} or {Off} expected, '{found}' found");
            }
        });
        return option;
    }

    /// <summary>Whether senders are told.</summary>
    public static bool AreWanted(ParseResult parsed, Option<bool> option) =>
        !parsed.GetValue(option) && !Is(Setting, Off);

    private static string? Setting => Environment.GetEnvironmentVariable(Variable);

    private static bool Is(string? found, string setting) =>
        string.Equals(found, setting, StringComparison.OrdinalIgnoreCase);
}
