using System.Text;

namespace Parley.Verbs.Chat;

/// <summary>Where a text names somebody: <c>@alice</c>, but not <c>@alice2</c> or <c>mail@alice</c>.</summary>
internal static class Mention
{
    /// <summary>The text names this account.</summary>
    public static bool IsIn(string text, string name) => Find(text, name, 0) >= 0;

    /// <summary>The text with every such place marked.</summary>
    public static string Mark(string text, string name, Func<string, string> mark)
    {
        var marked = new StringBuilder(text.Length);
        var from = 0;
        for (var at = Find(text, name, 0); at >= 0; at = Find(text, name, from))
        {
            var end = at + 1 + name.Length;
            marked.Append(text, from, at - from).Append(mark(text[at..end]));
            from = end;
        }

        return marked.Append(text, from, text.Length - from).ToString();
    }

    private static int Find(string text, string name, int from)
    {
        for (var at = text.IndexOf('@', from); at >= 0; at = text.IndexOf('@', at + 1))
        {
            if (string.Compare(text, at + 1, name, 0, name.Length, StringComparison.OrdinalIgnoreCase) == 0
                && (at == 0 || !IsOfName(text[at - 1]))
                && EndsAt(text, at + 1 + name.Length))
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Signs that may stand in a name end a sentence, too.</summary>
    private static bool EndsAt(string text, int end)
    {
        var rest = text.AsSpan(end).TrimStart("._-");
        return rest.IsEmpty || !IsOfName(rest[0]);
    }

    private static bool IsOfName(char one) => char.IsAsciiLetterOrDigit(one) || one is '.' or '_' or '-';
}
