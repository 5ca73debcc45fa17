using System.CommandLine;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Credentials;

/// <summary>The verb <c>account password</c>: changes the own password.</summary>
internal static class PasswordVerb
{
    public static Command Build()
    {
        var command = new Command(
            "password", "Change the own password; revokes all device tokens, and keeps the login");
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(options.Read(parsed), cancellationToken));
        return command.WithExamples(
            "parley account password --as alice      # asks for the old one, then for the new one",
            "PARLEY_PASSWORD=… PARLEY_NEW_PASSWORD=… parley account password --as alice");
    }

    private static async Task<int> RunAsync(ClientSettings asked, CancellationToken cancellationToken)
    {
        var settings = OwnPassword.Ask(asked);
        var newPassword = Passwords.GetNew(settings, Sanitizer.Line(settings.Account!));
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        await opened.Session.ChangePasswordAsync(settings.Password!, newPassword, cancellationToken);
        var account = opened.Session.Account;
        settings.WriteResult(
            () => JsonLines.Name(account),
            () => $"changed the password of {Sanitizer.Line(account)}");
        return ExitCodes.Ok;
    }
}
