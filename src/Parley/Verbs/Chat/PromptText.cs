using Parley.Terminal;

namespace Parley.Verbs.Chat;

/// <summary>What stands before the line that is typed: <c>#ops [#dev 3, carol 1]> </c>. A pure function.</summary>
internal static class PromptText
{
    private const int ListedMax = 10;

    /// <param name="who">Whom lines go to; empty: nobody yet.</param>
    /// <param name="waiting">What is unread elsewhere, the most important first.</param>
    /// <param name="columns">Of the terminal: the prompt takes half of them, if a list that ends in how many more there
    /// are can be cut to that.</param>
    public static string Of(string who, IReadOnlyList<string> waiting, int columns)
    {
        var text = $"{who}> ";
        for (var listed = Math.Min(waiting.Count, ListedMax); waiting.Count > 0 && listed >= 0; listed--)
        {
            var rest = waiting.Count - listed;
            var list = string.Join(", ", waiting.Take(listed).Concat(rest > 0 ? [$"+{rest}"] : Array.Empty<string>()));
            text = $"{who} [{list}]> ".TrimStart();
            if (CellText.WidthOf(text) <= columns / 2)
            {
                break;
            }
        }

        return text;
    }
}
