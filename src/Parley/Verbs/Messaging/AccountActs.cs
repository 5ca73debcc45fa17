using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>The verbs by which an administrator changes another's account: all take its name.</summary>
internal static class AccountActs
{
    /// <param name="verb">As typed.</param>
    /// <param name="act">What it does.</param>
    /// <param name="done">What is said of the name when it is done.</param>
    /// <param name="description">For the help.</param>
    public static Command Build(string verb, AccountAct act, string done, string description)
    {
        var name = new Argument<string>("NAME") { Description = "Another's account" };
        var command = new Command(verb, $"{description}; for administrators") { name };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed), parsed.GetRequiredValue(name), act, done, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        ClientSettings settings, string name, AccountAct act, string done, CancellationToken cancellationToken)
    {
        var password = act == AccountAct.ResetPassword
            ? Passwords.GetNew(settings, Sanitizer.Line(name))
            : null;
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        await opened.Session.ChangeAccountAsync(name, act, password, cancellationToken);
        settings.WriteResult(
            () => JsonLines.Name(name.ToLowerInvariant()),
            () => $"{done} {Sanitizer.Line(name.ToLowerInvariant())}");
        return ExitCodes.Ok;
    }
}
