using Parley.Terminal;

namespace Parley.Tests.Terminal;

/// <summary>How many columns text takes.</summary>
public sealed class CellTextTests
{
    [Theory]
    [InlineData("plain", 5)]
    [InlineData("Grüße", 5)]
    [InlineData("你好", 4)]
    [InlineData("e\u0301", 1)]
    [InlineData("👩‍💻", 2)]
    [InlineData("👍🏽", 2)]
    [InlineData("🇩🇪", 2)]
    [InlineData("❤️", 2)]
    public void A_character_takes_the_columns_a_terminal_gives_it(string text, int columns) =>
        Assert.Equal(columns, CellText.WidthOf(text));

    [Theory]
    [InlineData("hello", 5, "hello")]
    [InlineData("hello", 4, "hel…")]
    [InlineData("你好吗", 4, "你…")]
    [InlineData("hello", 0, "")]
    public void What_does_not_fit_ends_in_an_ellipsis(string text, int columns, string fitted) =>
        Assert.Equal(fitted, CellText.Fit(text, columns));

    [Fact]
    public void Sentences_are_broken_between_words() =>
        Assert.Equal(
            ["no majority: only", "node 3 of 5", "answers"],
            CellText.Wrap("no majority: only node 3 of 5 answers", 17));
}
