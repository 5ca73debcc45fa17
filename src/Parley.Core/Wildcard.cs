namespace Parley.Core;

/// <summary>Matches names against patterns with <c>*</c> (anything) and <c>?</c> (one character).</summary>
internal static class Wildcard
{
    /// <summary>In time of pattern length × name length, whatever the pattern; an empty pattern matches all.</summary>
    public static bool Matches(string pattern, string name)
    {
        if (pattern.Length == 0)
        {
            return true;
        }

        var (at, inPattern, star, resume) = (0, 0, -1, 0);
        while (at < name.Length)
        {
            if (inPattern < pattern.Length && pattern[inPattern] == '*')
            {
                (star, resume) = (inPattern++, at);
            }
            else if (inPattern < pattern.Length && (pattern[inPattern] == '?' || pattern[inPattern] == name[at]))
            {
                (inPattern, at) = (inPattern + 1, at + 1);
            }
            else if (star >= 0)
            {
                (inPattern, at) = (star + 1, ++resume);
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(inPattern).TrimStart('*').IsEmpty;
    }
}
