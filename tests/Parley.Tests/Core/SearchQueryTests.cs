using Parley.Core.Search;

namespace Parley.Tests.Core;

/// <summary>What a query means, and that no text is anything but a text.</summary>
public sealed class SearchQueryTests
{
    /// <summary>What FTS5 takes for syntax, what SQL does, and what breaks text.</summary>
    public static TheoryData<string> Hostile =>
    [
        "\"", "\"\"", "\"\"\"", "a\"", "\"a", "a\"b\"c\"", new string('"', 256), "*", "a*", "a *", "^a", "-a", "+a",
        "a AND", "AND", "OR", "NOT a", "a NOT", "NEAR(a b)", "NEAR(a b, 99999999999999)", "terms:a", "rowid:1",
        "{terms}:a", "(a", "a)", "((((((((((a", "a:b", "1:hello", "2:hello", "'; DROP TABLE words; --", "%", "_", "\\",
        "\0", "a\0b", "\uD800", "a\uDC00b", "\u202Eolleh", "\uFFFF",
        "\uFFFE", "x\uFFFE", "\uFFFE\u00E9", "a\u200Bb", "\u0301\u0301",
        "e" + new string('\u0301', 100),
        new string('a', 256), new string('\u65E5', 85), "\U0001F600", "\u0E01\u0E33\u0E33", "\t\r\n\v", "\u00A0",
        "\u3000",
        "$terms", "?1", "/* a */", "-- a", "a;b", "[a]", "`a`", "NULL", "x'00'", "1e400",
    ];

    [Theory]
    [InlineData("Hello", "hello world", true)]
    [InlineData("hello", "HELLO", true)]
    [InlineData("cafe", "le Café", true)]
    [InlineData("CAFÉ", "cafe\u0301", true)]
    [InlineData("hell", "hello", false)]
    [InlineData("hello world", "world, hello!", true)]
    [InlineData("\"hello world\"", "world, hello!", false)]
    [InlineData("\"hello world\"", "well, Hello: world", true)]
    [InlineData("10.0.0.1", "ping 10.0.0.1 fails", true)]
    [InlineData("10.0.0.1", "10 0, 0: 1", true)]
    [InlineData("10.0.0.1", "10 of 0, 0 and 1", false)]
    [InlineData("10.0.0.1", "10.0.1.0", false)]
    [InlineData("@bob", "bob is here", true)]
    [InlineData("\u6771\u4EAC", "\u6771\u4EAC\u90FD\u306F\u96E8", true)]
    [InlineData("\u4EAC\u90FD", "\u6771\u4EAC\u90FD\u306F\u96E8", true)]
    [InlineData("\u6771\u90FD", "\u6771\u4EAC\u90FD\u306F\u96E8", false)]
    [InlineData("\u96E8", "\u6771\u4EAC\u90FD\u306F\u96E8", true)]
    [InlineData("\uFF28\uFF49", "hi there", true)]
    [InlineData("\u039F\u0394\u039F\u03A3", "\u03BF\u03B4\u03CC\u03C2", true)]
    [InlineData("STRASSE", "Stra\u00DFe", true)]
    [InlineData("stra\u00DFe", "Stra\u1E9Ee", true)]
    [InlineData("miravam", "mi\u00ADra\u200Dvam", true)]
    [InlineData("1", "1\uFE0F", true)]
    [InlineData("\u845B", "\u845B\U000E0100", true)]
    [InlineData("\u05E9\u05DC\u05D5\u05DD", "\u05E9\u05B8\u05C1\u05DC\u05D5\u05B9\u05DD", true)]
    [InlineData("\u4E8C\u3007\u4E8C\u56DB", "\u4E8C\u4E8C\u56DB", false)]
    [InlineData("\u4E8C\u3007\u4E8C\u56DB", "\u4E8C\u3007\u4E8C\u56DB", true)]
    [InlineData("\u304B", "\u304C", false)]
    [InlineData("\"a a b\"", "a a a b", true)]
    [InlineData("\"a b a b c\"", "a b a b a b c", true)]
    [InlineData("\"a b a b c\"", "a b a b a c", false)]
    [InlineData("\u041F\u0420\u0418\u0412\u0415\u0422", "\u043F\u0440\u0438\u0432\u0435\u0442!", true)]
    public void A_text_has_what_is_searched_for_or_not(string words, string text, bool has)
    {
        var query = SearchQuery.Find(words, out _);

        Assert.NotNull(query);
        Assert.Equal(has, query.IsIn(text));
        if (has)
        {
            // Whatever is found is in the index under every term that it is asked for.
            Assert.Subset(TextUnits.TermsOf(TextUnits.Of(text)), query.Terms.ToHashSet(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("", "1 to 16 words of letters or digits are expected")]
    [InlineData(" \t", "1 to 16 words of letters or digits are expected")]
    [InlineData("!!! \u2026 \U0001F600", "1 to 16 words of letters or digits are expected")]
    [InlineData("a b c d e f g h i j k l m n o p q", "1 to 16 words of letters or digits are expected")]
    public void What_is_no_query_is_told_what_was_expected(string words, string expected)
    {
        Assert.Null(SearchQuery.Find(words, out var found));
        Assert.Equal(expected, found);
    }

    [Fact]
    public void A_query_has_a_length()
    {
        Assert.NotNull(SearchQuery.Find(new string('x', SearchQuery.BytesMax), out _));
        Assert.Null(SearchQuery.Find(new string('x', SearchQuery.BytesMax + 1), out var expected));
        Assert.Equal("at most 256 bytes are expected", expected);
        Assert.Null(SearchQuery.Find(new string('\u00E9', 129), out _));
    }

    [Fact]
    public void No_term_is_anything_but_letters_digits_and_marks()
    {
        foreach (var text in Hostile.Select(row => row.Data))
        {
            var terms = SearchQuery.Find(text, out _)?.Terms ?? [];
            Assert.True(terms.Count <= SearchQuery.TermsMax);
            Assert.All(terms, term => Assert.DoesNotMatch(@"[^\p{L}\p{N}\p{Mn}\p{Mc}]", term));
        }
    }

    /// <summary>Every character there can be, alone, after a letter and before an accent.</summary>
    [Fact]
    public void No_character_is_too_much()
    {
        for (var value = 0; value <= 0x10FFFF; value++)
        {
            if (System.Text.Rune.IsValid(value))
            {
                var character = char.ConvertFromUtf32(value);
                Assert.InRange(TextUnits.Of($"{character} x{character}\u0301\u05D0").Count, 1, 60);
            }
        }
    }

    /// <summary>To put marks in order takes the square of their number, and to try a phrase everywhere the product of
    /// both lengths: by design, not here. Counted in work, for times differ: each is far below a second, or hours.
    /// </summary>
    [Fact]
    public void No_text_takes_long()
    {
        var marks = new string('\u0F71', 2_000) + new string('\u0F74', 2_000) + new string('\u0F72', 2_000);
        Assert.Single(TextUnits.Of("x" + marks));
        Assert.InRange(TextUnits.Of("x" + marks)[0].Length, 1, TextUnits.UnitCharactersMax);
        var alike = string.Join(' ', Enumerable.Repeat("a", 8_000));
        var query = SearchQuery.Find($"\"{string.Join(' ', Enumerable.Repeat("a", 100))} b\"", out _)!;
        for (var round = 0; round < 100; round++)
        {
            Assert.False(query.IsIn(alike));
        }
    }

    [Fact]
    public void No_query_is_a_fault_and_each_finds_the_message_that_is_it()
    {
        using var chat = new IndexedChat();
        var (alice, bob) = (chat.Chat.Person("alice"), chat.Chat.Person("bob"));
        var texts = Hostile.Select(row => row.Data).ToList();
        foreach (var text in texts)
        {
            // As the protocol delivers it: UTF-8, so without halves.
            var whole = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
            chat.Chat.Stored(alice, bob, whole);
        }

        chat.Follow();
        chat.Index.Check();
        foreach (var text in texts.Where(text => SearchQuery.Find(text, out _) is not null))
        {
            var whole = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
            Assert.Contains(whole, chat.Texts(bob, text));
        }
    }
}
