using System.Globalization;
using System.Text;
using CsCheck;
using Parley.Terminal;

namespace Parley.Tests.Verbs;

/// <summary>What others wrote, as a terminal gets it.</summary>
public sealed class SanitizerTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("Grüße, 你好, שלום 👩‍💻", "Grüße, 你好, שלום 👩‍💻")]
    [InlineData("a\nb", "a\nb")]
    [InlineData("\u001b[2Jgone", "\uFFFD[2Jgone")]
    [InlineData("\u001b]52;c;ZWNobw==\u0007", "\uFFFD]52;c;ZWNobw==\uFFFD")]
    [InlineData("\u009b31m", "\uFFFD31m")]
    [InlineData("over\rwrite\b\u007f\t", "over\uFFFDwrite\uFFFD\uFFFD\uFFFD")]
    [InlineData("bidi \u202Eabc\u2066\u200F", "bidi \uFFFDabc\uFFFD\uFFFD")]
    [InlineData("\uFEFFzero\u200Bwidth\u00ADsoft", "\uFFFDzero\uFFFDwidth\uFFFDsoft")]
    [InlineData("line\u2028paragraph\u2029", "line\uFFFDparagraph\uFFFD")]
    [InlineData("private \uE000", "private \uFFFD")]
    [InlineData("unassigned \u0378", "unassigned \uFFFD")]
    [InlineData("tag \U000E0041", "tag \uFFFD")]
    [InlineData("[red]x[/]", "[red]x[/]")]
    public void Nothing_in_it_can_move_the_cursor_or_reorder_the_line(string text, string shown) =>
        Assert.Equal(shown, Sanitizer.Lines(text));

    [Fact]
    public void A_lone_surrogate_is_replaced() =>
        Assert.Equal("a\uFFFDb\uFFFD", Sanitizer.Lines($"a{(char)0xD83D}b{(char)0xDC00}"));

    [Fact]
    public void A_base_carries_eight_marks_at_most() =>
        Assert.Equal(
            "a" + new string('\u0301', 8) + "b\u0301",
            Sanitizer.Lines("a" + new string('\u0301', 10_000) + "b\u0301"));

    [Fact]
    public void Marks_joined_to_marks_are_counted_together() =>
        Assert.Equal(
            8,
            Sanitizer.Lines("a" + string.Concat(Enumerable.Repeat("\u0301\u200D", 100))).Count(one => one == '\u0301'));

    [Fact]
    public void A_name_or_an_error_stays_on_its_line() =>
        Assert.Equal("alice\uFFFDbob", Sanitizer.Line("alice\nbob"));

    [Fact]
    public void Whatever_comes_in_only_what_shows_comes_out_and_once_is_enough()
    {
        const string Wild = "\u001b\u009b\r\u202E\u0301\u200D\uD83D\uDC69\u2028";
        var wild = Gen.OneOf(Gen.Char, Gen.Int[0, Wild.Length - 1].Select(at => Wild[at]));
        Gen.String[wild, 0, 200].Sample(text =>
        {
            var clean = Sanitizer.Lines(text);

            Assert.Equal(clean, Sanitizer.Lines(clean));
            foreach (var rune in clean.EnumerateRunes())
            {
                Assert.True(
                    rune.Value is '\n' or 0x200D || Rune.GetUnicodeCategory(rune) is not (
                        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator),
                    $"U+{rune.Value:X4} came through");
            }
        });
    }
}
