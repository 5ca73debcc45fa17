using System.Text;

namespace Parley.Server.Api;

/// <summary>What a password may be, and the form in which passwords are compared: NFC.</summary>
internal static class PasswordRules
{
    /// <summary>Fails at the program's start rather than at the first accented password.</summary>
    /// <exception cref="InvalidOperationException">The system has no Unicode library.</exception>
    public static void CheckNormalization()
    {
        const string Decomposed = "e\u0301";
        const string Composed = "\u00e9";
        if (!string.Equals(Decomposed.Normalize(NormalizationForm.FormC), Composed, StringComparison.Ordinal))
        {
            throw new InvalidOperationException(
                "passwords: Unicode normalisation is expected to work, and does not; install ICU (Debian: libicu-dev) "
                + "and leave DOTNET_SYSTEM_GLOBALIZATION_INVARIANT unset");
        }
    }

    /// <summary>The password's bytes in the form that is hashed.</summary>
    /// <exception cref="RefusedException">It is too short or too long, or not all of it characters.</exception>
    public static byte[] GetBytes(string password)
    {
        // NFC never makes more than three characters of one, nor one of more than a few dozen that stand for a word.
        if (password.Length > 4 * ApiLimits.PasswordBytesMax)
        {
            throw new RefusedException(Reasons.PasswordTooLong);
        }

        var normalized = Normalize(password);
        var characters = 0;
        foreach (var _ in normalized.EnumerateRunes())
        {
            characters++;
        }

        if (characters < ApiLimits.PasswordCharactersMin)
        {
            throw new RefusedException(Reasons.PasswordTooShort);
        }

        var bytes = Encoding.UTF8.GetBytes(normalized);
        return bytes.Length <= ApiLimits.PasswordBytesMax
            ? bytes
            : throw new RefusedException(Reasons.PasswordTooLong);
    }

    private static string Normalize(string password)
    {
        try
        {
            return password.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            // U+FFFE, which UTF-8 may hold, and .NET 10 takes for a sign of swapped bytes.
            throw new RefusedException(
                Reasons.ArgumentInvalid, "password: characters are expected, and U+FFFE is none");
        }
    }
}
