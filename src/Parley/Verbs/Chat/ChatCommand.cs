namespace Parley.Verbs.Chat;

/// <summary>A command of the chat: <c>/name arguments</c> or <c>\name arguments</c>.</summary>
/// <param name="Name">Without the slash.</param>
/// <param name="Arguments">As the help shows them.</param>
/// <param name="Help">What it does, a few words.</param>
/// <param name="RunAsync">Gets what stood behind the name, trimmed.</param>
internal sealed record ChatCommand(
    string Name, string Arguments, string Help, Func<string, CancellationToken, Task> RunAsync)
{
    /// <summary>It may take seconds: lines typed meanwhile do not wait for it.</summary>
    public bool IsSlow { get; init; }
}

/// <summary>Tells commands from text, and what was probably meant.</summary>
internal static class ChatLine
{
    private const int TypoDistanceMax = 2;

    /// <summary>The name and the rest of a command line; null for text. Two slashes begin a text with one.</summary>
    public static (string Name, string Tail)? FindCommand(string line)
    {
        if (line.Length < 2 || line[0] is not ('/' or '\\') || line[1] == line[0])
        {
            return null;
        }

        var end = line.IndexOf(' ', StringComparison.Ordinal);
        return end < 0 ? (line[1..], "") : (line[1..end], line[(end + 1)..].Trim());
    }

    /// <summary>The text of a line that is no command.</summary>
    public static string TextOf(string line) =>
        line.Length >= 2 && line[0] is '/' or '\\' && line[1] == line[0] ? line[1..] : line;

    /// <summary>The first word and the rest.</summary>
    public static (string Word, string Tail) SplitWord(string text)
    {
        var end = text.IndexOf(' ', StringComparison.Ordinal);
        return end < 0 ? (text, "") : (text[..end], text[(end + 1)..].Trim());
    }

    /// <summary>The nearest name, at most two letters away; null when none is.</summary>
    public static string? FindNearest(string typed, IEnumerable<string> names) => names
        .Select(name => (Name: name, Distance: Distance(typed, name)))
        .Where(near => near.Distance <= TypoDistanceMax && near.Distance < near.Name.Length)
        .OrderBy(near => near.Distance)
        .Select(near => near.Name)
        .FirstOrDefault();

    // Levenshtein's distance, two rows at a time.
    private static int Distance(string one, string other)
    {
        var above = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var row = 1; row <= one.Length; row++)
        {
            var below = new int[other.Length + 1];
            below[0] = row;
            for (var column = 1; column <= other.Length; column++)
            {
                var replaced = above[column - 1] + (one[row - 1] == other[column - 1] ? 0 : 1);
                below[column] = Math.Min(replaced, Math.Min(above[column], below[column - 1]) + 1);
            }

            above = below;
        }

        return above[other.Length];
    }
}
