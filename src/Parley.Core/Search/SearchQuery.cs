namespace Parley.Core.Search;

/// <summary>
/// What is searched for: all of these phrases, each a run of units. Words stand for themselves, "several in quotes"
/// for each other's neighbours; nothing in it has another meaning.
/// </summary>
internal sealed class SearchQuery
{
    public const int BytesMax = 256;
    public const int PhrasesMax = 16;

    /// <summary>Terms that the index is asked for; what more there is, the text itself is asked.</summary>
    public const int TermsMax = 16;

    private readonly List<Phrase> phrases;

    private SearchQuery(List<List<string>> phrases)
    {
        this.phrases = phrases.ConvertAll(units => new Phrase(units));
        Terms = [.. phrases.SelectMany(TermsOf).Distinct(StringComparer.Ordinal).Take(TermsMax)];
    }

    /// <summary>Every message that is searched for has all of them.</summary>
    public IReadOnlyList<string> Terms { get; }

    /// <summary>The query of a text; or null, and what was expected of it.</summary>
    public static SearchQuery? Find(string text, out string expected)
    {
        expected = "";
        if (System.Text.Encoding.UTF8.GetByteCount(text) > BytesMax)
        {
            expected = $"at most {BytesMax} bytes are expected";
            return null;
        }

        var found = Split(text).Select(TextUnits.Of).Where(units => units.Count > 0).ToList();
        if (found.Count is 0 or > PhrasesMax)
        {
            expected = $"1 to {PhrasesMax} words of letters or digits are expected";
            return null;
        }

        return new SearchQuery(found);
    }

    /// <summary>Whether a text has all that is searched for.</summary>
    public bool IsIn(string text)
    {
        var units = TextUnits.Of(text);
        return phrases.TrueForAll(phrase => IsIn(units, phrase));
    }

    /// <summary>At blanks, and at quotes: what is between two of them stays together.</summary>
    private static IEnumerable<string> Split(string text)
    {
        var parts = text.Split('"');
        for (var part = 0; part < parts.Length; part++)
        {
            // A last quote that nothing ends quotes nothing.
            if (part % 2 == 1 && part < parts.Length - 1)
            {
                yield return parts[part];
                continue;
            }

            foreach (var word in parts[part].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                yield return word;
            }
        }
    }

    private static IEnumerable<string> TermsOf(List<string> phrase)
    {
        for (var at = 0; at < phrase.Count; at++)
        {
            var standsAlone = TextUnits.StandsAlone(phrase[at]);
            if (standsAlone && at + 1 < phrase.Count && TextUnits.StandsAlone(phrase[at + 1]))
            {
                yield return phrase[at] + phrase[at + 1];
            }
            else if (!standsAlone || at == 0 || !TextUnits.StandsAlone(phrase[at - 1]))
            {
                yield return phrase[at];
            }
        }
    }

    /// <summary>Knuth, Morris and Pratt: no unit of the text is looked at again, however much it repeats itself.
    /// </summary>
    private static bool IsIn(List<string> units, Phrase phrase)
    {
        var matched = 0;
        foreach (var unit in units)
        {
            while (matched > 0 && !string.Equals(phrase.Units[matched], unit, StringComparison.Ordinal))
            {
                matched = phrase.Borders[matched - 1];
            }

            if (string.Equals(phrase.Units[matched], unit, StringComparison.Ordinal) && ++matched == phrase.Units.Count)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Units that stand together.</summary>
    private sealed class Phrase
    {
        public Phrase(List<string> units)
        {
            Units = units;
            Borders = new int[units.Count];
            for (int at = 1, length = 0; at < units.Count; at++)
            {
                while (length > 0 && !string.Equals(units[length], units[at], StringComparison.Ordinal))
                {
                    length = Borders[length - 1];
                }

                length += string.Equals(units[length], units[at], StringComparison.Ordinal) ? 1 : 0;
                Borders[at] = length;
            }
        }

        public List<string> Units { get; }

        /// <summary>For each beginning, the length of the longest shorter one that it ends with.</summary>
        public int[] Borders { get; }
    }
}
