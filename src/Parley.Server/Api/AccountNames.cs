using System.Buffers;
using System.Text;
using Parley.Core;

namespace Parley.Server.Api;

/// <summary>The rule of names: <c>[a-z0-9][a-z0-9._-]{0,31}</c>, after ASCII capitals became small letters.</summary>
internal static class AccountNames
{
    private static readonly SearchValues<char> Letters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");

    private static readonly SearchValues<char> PatternLetters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-*?");

    /// <summary>The name as stored, or null when no account can have it.</summary>
    public static string? Find(string input)
    {
        if (input.Length is 0 or > Limits.NameCharactersMax)
        {
            return null;
        }

        var name = ToLowerAscii(input);
        return char.IsAsciiLetterOrDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(Letters) ? name : null;
    }

    /// <summary>As <see cref="Find"/>.</summary>
    /// <exception cref="RefusedException">NAME_INVALID.</exception>
    public static string Get(string input) => Find(input) ?? throw new RefusedException(Reasons.NameInvalid);

    /// <summary>A pattern over names; the empty one means all.</summary>
    /// <exception cref="RefusedException">It is too long, or holds what no name can.</exception>
    public static string GetPattern(string input)
    {
        if (input.Length == 0)
        {
            return "*";
        }

        var pattern = input.Length <= ApiLimits.PatternBytesMax ? ToLowerAscii(input) : "";
        return pattern.Length > 0 && !pattern.AsSpan().ContainsAnyExcept(PatternLetters)
            ? pattern
            : throw new RefusedException(
                Reasons.ArgumentInvalid,
                $"pattern: at most {ApiLimits.PatternBytesMax} characters of names, * and ? are expected");
    }

    /// <summary>Without a copy when there is nothing to change; culture plays no part.</summary>
    private static string ToLowerAscii(string input)
    {
        foreach (var character in input)
        {
            if (char.IsAsciiLetterUpper(character))
            {
                return string.Create(input.Length, input, static (span, text) => Ascii.ToLower(text, span, out _));
            }
        }

        return input;
    }
}
