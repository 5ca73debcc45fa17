using Parley.Server.Api;

namespace Parley.Tests.Api;

/// <summary>Pages: tokens of this very list only, and sizes within bounds.</summary>
public sealed class PageTokenTests
{
    private const long Alice = 7;
    private const long Bob = 8;

    [Theory]
    [InlineData("42")]
    [InlineData("a-name.of_thirty-two-characters0")]
    public void A_token_gives_back_its_place(string place)
    {
        var token = PageToken.Format("accounts *", Alice, place);

        Assert.InRange(token.Length, 1, ApiLimits.PageTokenCharactersMax);
        Assert.Equal(place, PageToken.Parse("accounts *", Alice, token));
    }

    [Fact]
    public void A_token_of_another_list_or_caller_is_refused()
    {
        var token = PageToken.Format("messages bob", Alice, "42");

        AssertRefused("messages carol", Alice, token);
        AssertRefused("accounts *", Alice, token);
        AssertRefused("messages bob", Bob, token);
    }

    [Fact]
    public void A_token_with_any_character_changed_is_refused()
    {
        var token = PageToken.Format("messages bob", Alice, "42");

        for (var i = 0; i < token.Length - 1; i++)
        {
            var changed = token[i] == 'A' ? 'B' : 'A';
            AssertRefused("messages bob", Alice, $"{token[..i]}{changed}{token[(i + 1)..]}");
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("bm90IGEgdG9rZW4")]
    [InlineData("\u00e9")]
    [InlineData("a b")]
    [InlineData("AAAAAAAAAAA")]
    public void What_is_no_token_is_refused(string token)
    {
        AssertRefused("messages bob", Alice, token);
    }

    /// <summary>The checksum is no secret: who reads the program makes a token of any place.</summary>
    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1e3")]
    [InlineData("99999999999999999999")]
    public void A_forged_token_whose_place_is_no_number_is_refused_where_a_number_is_needed(string place)
    {
        var forged = PageToken.Format("audit", Alice, place);

        var refused = Assert.Throws<RefusedException>(() => PageToken.ParseNumber("audit", Alice, forged));

        Assert.Equal("PAGE_TOKEN_INVALID", refused.Reason.Name);
        Assert.Equal(42, PageToken.ParseNumber("audit", Alice, PageToken.Format("audit", Alice, "42")));
    }

    [Fact]
    public void A_token_of_10_KB_is_refused()
    {
        AssertRefused("messages bob", Alice, new string('A', 10_240));
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 1)]
    [InlineData(1_000, 1_000)]
    [InlineData(1_000_000_000, 1_000)]
    public void A_page_size_has_a_default_and_a_bound(int asked, int given)
    {
        Assert.Equal(given, PageSize.Get(asked));
    }

    [Fact]
    public void A_negative_page_size_is_refused()
    {
        var refused = Assert.Throws<RefusedException>(() => PageSize.Get(-1));

        Assert.Equal("PAGE_SIZE_INVALID", refused.Reason.Name);
    }

    private static void AssertRefused(string list, long account, string token)
    {
        var refused = Assert.Throws<RefusedException>(() => PageToken.Parse(list, account, token));
        Assert.Equal("PAGE_TOKEN_INVALID", refused.Reason.Name);
    }
}
