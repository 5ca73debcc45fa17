using Parley.Server.Guarding;

namespace Parley.Tests.Api;

/// <summary>Which passwords are guessed first, and which are not.</summary>
[Trait("Promise", "8")]
public sealed class CommonPasswordsTests
{
    [Theory]
    [InlineData("password")]
    [InlineData("Password1")]
    [InlineData("P@ssw0rd123!")]
    [InlineData("qwertyuiop")]
    [InlineData("12345678")]
    [InlineData("87654321")]
    [InlineData("11111111")]
    [InlineData("abcabcabc")]
    [InlineData("!!dragon2024")]
    [InlineData("dragondragon")]
    [InlineData("letmein!")]
    [InlineData("1qaz2wsx")]
    [InlineData("bob-smith")]
    [InlineData("Bob-Smith99")]
    [InlineData("my-bob-smith")]
    public void What_is_guessed_first_is_refused(string password)
    {
        Assert.True(CommonPasswords.Contains(password, "bob-smith"));
    }

    [Theory]
    [InlineData("correct horse")]
    [InlineData("dragon of the north")]
    [InlineData("parley-verify")]
    [InlineData("bench-password")]
    [InlineData("k7#vQ2m!x")]
    [InlineData("bobs own words")]
    [InlineData("\u00e9\u00e8\u00ea \u00fcber alles gut")]
    public void What_has_more_to_it_is_not(string password)
    {
        Assert.False(CommonPasswords.Contains(password, "bob-smith"));
    }
}
