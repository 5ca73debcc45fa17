using System.Collections.Frozen;
using System.Text;

namespace Parley.Server.Guarding;

/// <summary>
/// Passwords that are guessed first: well-known words with a few digits or signs around them or for their letters, runs
/// of keys, and one thing repeated; and the account's own name.
/// </summary>
/// <remarks>
/// That such are to be refused, and what they are like: NIST SP 800-63B section 5.1.1.2, and what the UK's NCSC
/// published with "Passwords, passwords everywhere" (2019) about the most used passwords of leaks. The words in
/// <c>common-passwords.txt</c> are our own choice of them; they are no list of leaked passwords.
/// </remarks>
internal static class CommonPasswords
{
    private const string Resource = "common-passwords.txt";
    private const int RepeatedMax = 4;

    /// <summary>So many characters besides the word make a password of its own.</summary>
    private const int BesidesMax = 6;

    private static readonly FrozenSet<string> Words = Load();

    private static readonly string[] Runs =
    [
        "0123456789012345678901234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "azertyuiop",
        "asdfghjkl", "zxcvbnm", "yxcvbnm",
    ];

    /// <param name="password">In NFC.</param>
    /// <param name="name">The account's, lower-case.</param>
    public static bool Contains(string password, string name)
    {
        var typed = password.ToLowerInvariant();
        return IsName(typed, name) || IsWord(typed) || IsWord(Unmasked(typed)) || IsRepeated(typed) || IsRun(typed);
    }

    private static bool IsName(string typed, string name) =>
        typed.Length - name.Length <= BesidesMax
        && (typed.StartsWith(name, StringComparison.Ordinal) || typed.EndsWith(name, StringComparison.Ordinal));

    /// <summary>A word, with little besides letters before and after it.</summary>
    private static bool IsWord(string typed)
    {
        var start = 0;
        var end = typed.Length;
        while (start < end && !char.IsLetter(typed[start]))
        {
            start++;
        }

        while (end > start && !char.IsLetter(typed[end - 1]))
        {
            end--;
        }

        var core = typed[start..end];
        return typed.Length - core.Length <= BesidesMax
            && (Words.Contains(core) || Words.Contains(typed) || Words.Contains(FindHalf(core)));
    }

    /// <summary>What stands twice; empty for anything else.</summary>
    private static string FindHalf(string word)
    {
        var half = word[..(word.Length / 2)];
        return string.Equals(half + half, word, StringComparison.Ordinal) ? half : "";
    }

    /// <summary>Letters instead of the signs that stand for them.</summary>
    private static string Unmasked(string typed)
    {
        var unmasked = new StringBuilder(typed.Length);
        foreach (var character in typed)
        {
            unmasked.Append(character switch
            {
                '@' or '4' => 'a',
                '3' => 'e',
                '1' or '!' => 'i',
                '0' => 'o',
                '$' or '5' => 's',
                '7' => 't',
                _ => character,
            });
        }

        return unmasked.ToString();
    }

    /// <summary>Up to four characters, over and over.</summary>
    private static bool IsRepeated(string typed)
    {
        for (var length = 1; length <= RepeatedMax; length++)
        {
            var isRepeated = true;
            for (var place = length; place < typed.Length && isRepeated; place++)
            {
                isRepeated = typed[place] == typed[place - length];
            }

            if (isRepeated)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsRun(string typed)
    {
        var backwards = new string([.. typed.Reverse()]);
        return Array.Exists(Runs, run =>
            run.Contains(typed, StringComparison.Ordinal) || run.Contains(backwards, StringComparison.Ordinal));
    }

    private static FrozenSet<string> Load()
    {
        using var stream = typeof(CommonPasswords).Assembly.GetManifestResourceStream(
            typeof(CommonPasswords), Resource)
            ?? throw new InvalidOperationException($"{Resource}: an embedded resource expected, none found");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .ToFrozenSet(StringComparer.Ordinal);
    }
}
