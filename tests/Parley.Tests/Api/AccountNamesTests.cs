using System.Globalization;
using Parley.Server.Api;

namespace Parley.Tests.Api;

/// <summary>The rule of names.</summary>
public sealed class AccountNamesTests
{
    [Theory]
    [InlineData("alice", "alice")]
    [InlineData("Alice", "alice")]
    [InlineData("7of9", "7of9")]
    [InlineData("a.b_c-d", "a.b_c-d")]
    [InlineData("abcdefghijklmnopqrstuvwxyz012345", "abcdefghijklmnopqrstuvwxyz012345")]
    public void A_name_is_lower_cased(string input, string name)
    {
        Assert.Equal(name, AccountNames.Find(input));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456")]
    [InlineData("\u0430lice")]
    [InlineData("ali\0ce")]
    [InlineData("alice\n")]
    [InlineData("..")]
    [InlineData(".alice")]
    [InlineData("-alice")]
    [InlineData("ali ce")]
    [InlineData("\u202ealice")]
    [InlineData("al\u212Ace")]
    [InlineData("'; DROP TABLE accounts;--")]
    public void What_is_no_name_is_refused(string input)
    {
        Assert.Null(AccountNames.Find(input));
        Assert.Equal("NAME_INVALID", Assert.Throws<RefusedException>(() => AccountNames.Get(input)).Reason.Name);
    }

    [Fact]
    public void The_culture_does_not_matter()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("tr-TR");
        try
        {
            Assert.Equal("iris", AccountNames.Find("IRIS"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("", "*")]
    [InlineData("A*", "a*")]
    [InlineData("?ob", "?ob")]
    public void A_pattern_is_of_names_and_wildcards(string input, string pattern)
    {
        Assert.Equal(pattern, AccountNames.GetPattern(input));
    }

    [Theory]
    [InlineData("[a-z]")]
    [InlineData("a b")]
    [InlineData("%")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Another_pattern_is_refused(string input)
    {
        var refused = Assert.Throws<RefusedException>(() => AccountNames.GetPattern(input));

        Assert.Equal("ARGUMENT_INVALID", refused.Reason.Name);
    }
}
