using System.Text;
using Parley.CommandLine;

namespace Parley.Verbs;

/// <summary>Where a password comes from: a file, PARLEY_PASSWORD, or a prompt. Never a flag, which others can see.
/// </summary>
internal static class Passwords
{
    /// <exception cref="VerbFailedException">There is none to be had.</exception>
    public static string Get(ClientSettings settings, string account, bool isNew)
    {
        if (settings.PasswordFile is { } file)
        {
            return File.ReadLines(file).FirstOrDefault() ?? "";
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
    public static string GetNew(ClientSettings settings, string account, string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is { } fromEnvironment)
        {
            return fromEnvironment;
        }

        if (Console.IsInputRedirected)
        {
            throw new VerbFailedException(
                ExitCodes.Usage, $"a new password for {account} is needed: {variable}, or a terminal to ask on");
        }

        var password = Ask(settings.Error, $"New password for {account}: ");
        return string.Equals(password, Ask(settings.Error, "Once more: "), StringComparison.Ordinal)
            ? password
            : throw new VerbFailedException(ExitCodes.Usage, "the two passwords differ");
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
