using System.Text;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs;

/// <summary>Where a password comes from: a file, PARLEY_PASSWORD, or a prompt; and a device token, which has no prompt.
/// Never a flag, which others can see.</summary>
internal static class Passwords
{
    public const string NewPasswordVariable = "PARLEY_NEW_PASSWORD";

    private const string TokenVariable = "PARLEY_TOKEN";

    /// <summary>32 bytes; null: none is given, or a password file is.</summary>
    /// <exception cref="VerbFailedException">What is given is no device token.</exception>
    public static byte[]? FindDeviceToken(string? tokenFile, string? passwordFile, TextWriter error)
    {
        var text = tokenFile is not null ? ReadSecret(tokenFile, error)
            : passwordFile is null ? Environment.GetEnvironmentVariable(TokenVariable)
            : null;
        if (string.IsNullOrEmpty(text) && tokenFile is null)
        {
            return null;
        }

        // Not shown: it may be a password.
        return DeviceTokens.TryParse(text?.Trim(), out var token)
            ? token
            : throw new VerbFailedException(
                ExitCodes.Usage,
                $"{tokenFile ?? TokenVariable}: a device token (parley_…, see parley token create) expected, "
                + "something else found");
    }

    /// <summary>What opens a session of this account, or of the one that the token is of.</summary>
    public static LoginSecret GetSecret(ClientSettings settings) => settings.DeviceToken is { } token
        ? LoginSecret.OfDeviceToken(token, settings.Account)
        : LoginSecret.OfPassword(
            settings.Account!, Get(settings, Sanitizer.Line(settings.Account!), isNew: false));

    /// <exception cref="VerbFailedException">There is none to be had.</exception>
    public static string Get(ClientSettings settings, string account, bool isNew)
    {
        if (settings.Password is { } known)
        {
            return known;
        }

        if (settings.PasswordFile is { } file)
        {
            return ReadSecret(file, settings.Error);
        }

        if (Environment.GetEnvironmentVariable("PARLEY_PASSWORD") is { } fromEnvironment)
        {
            return fromEnvironment;
        }

        if (Console.IsInputRedirected)
        {
            throw new VerbFailedException(
                ExitCodes.Usage,
                $"a password for {account} is needed: PARLEY_PASSWORD, --password-file, or a terminal to ask on");
        }

        var password = Ask(settings.Error, $"Password for {account}: ");
        if (isNew && !string.Equals(password, Ask(settings.Error, "Once more: "), StringComparison.Ordinal))
        {
            throw new VerbFailedException(ExitCodes.Usage, "the two passwords differ");
        }

        return password;
    }

    /// <summary>A password to be given to an account, when the own one may be asked for too.</summary>
    /// <exception cref="VerbFailedException">There is none to be had.</exception>
    public static string GetNew(ClientSettings settings, string account)
    {
        if (Environment.GetEnvironmentVariable(NewPasswordVariable) is { } fromEnvironment)
        {
            return fromEnvironment;
        }

        if (Console.IsInputRedirected)
        {
            throw new VerbFailedException(
                ExitCodes.Usage,
                $"a new password for {account} is needed: {NewPasswordVariable}, or a terminal to ask on");
        }

        var password = Ask(settings.Error, $"New password for {account}: ");
        return string.Equals(password, Ask(settings.Error, "Once more: "), StringComparison.Ordinal)
            ? password
            : throw new VerbFailedException(ExitCodes.Usage, "the two passwords differ");
    }

    /// <summary>The first line of a file, and a warning when it is not for its owner alone.</summary>
    private static string ReadSecret(string file, TextWriter error)
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var first = File.ReadLines(file).FirstOrDefault() ?? "";
        var others = OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(file) & ~OwnerOnly;
        if (others != UnixFileMode.None)
        {
            error.WriteLine(
                $"parley: warning: {file}: a file for its owner alone expected, for a secret is in it (chmod 600 it); "
                + "it was used all the same");
        }

        return first;
    }

    private static string Ask(TextWriter error, string prompt)
    {
        error.Write(prompt);
        error.Flush();
        var typed = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                error.WriteLine();
                return typed.ToString();
            }

            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }
    }
}
