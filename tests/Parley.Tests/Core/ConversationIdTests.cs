using CsCheck;
using Parley.Core;

namespace Parley.Tests.Core;

/// <summary>The opaque ids of conversations.</summary>
public sealed class ConversationIdTests
{
    [Fact]
    public void Every_number_comes_back_and_is_32_digits() =>
        Gen.Long[1, long.MaxValue].Sample(number =>
        {
            var text = ConversationId.Format(number);
            Assert.Equal(32, text.Length);
            Assert.True(ConversationId.TryParse(text, out var parsed));
            Assert.Equal(number, parsed);
        });

    [Fact]
    public void The_first_ids_stay_what_they_are()
    {
        Assert.Equal(ConversationId.Format(1), ConversationId.Format(1));
        Assert.NotEqual(ConversationId.Format(1), ConversationId.Format(2));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("ffffffffffffffffffffffffffffffff")]
    [InlineData("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    public void Other_texts_are_no_ids(string text) => Assert.False(ConversationId.TryParse(text, out _));

    [Fact]
    public void Upper_case_is_another_text()
    {
        var text = ConversationId.Format(7).ToUpperInvariant();

        Assert.False(ConversationId.TryParse(text, out _));
    }
}
