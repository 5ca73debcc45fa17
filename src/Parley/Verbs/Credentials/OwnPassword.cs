using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Credentials;

/// <summary>The password that some verbs ask for although there is a login: once.</summary>
internal static class OwnPassword
{
    /// <summary>The settings with account and password; a login that is stored for it is used as ever.</summary>
    /// <exception cref="VerbFailedException">Nobody knows whose password.</exception>
    public static ClientSettings Ask(ClientSettings settings)
    {
        var account = settings.Account ?? VerbSession.FindStored(settings)?.Account
            ?? throw new VerbFailedException(ExitCodes.Usage, "--as NAME expected, none given and no login stored");
        return settings with
        {
            Account = account,
            DeviceToken = null,
            Password = Passwords.Get(settings, Sanitizer.Line(account), isNew: false),
        };
    }
}
