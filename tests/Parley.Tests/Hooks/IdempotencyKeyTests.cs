using Microsoft.Extensions.Primitives;
using Parley.Server.Hooks;

namespace Parley.Tests.Hooks;

/// <summary>What counts as a key, with its quotes and without.</summary>
public sealed class IdempotencyKeyTests
{
    [Theory]
    [InlineData("db3-42", "db3-42")]
    [InlineData("\"db3-42\"", "db3-42")]
    [InlineData(" \"two words\" ", "two words")]
    [InlineData("\"a\\\"b\\\\c\"", "a\"b\\c")]
    [InlineData("", null)]
    [InlineData("\"\"", null)]
    [InlineData("\"no end", null)]
    [InlineData("\"an\" end", null)]
    [InlineData("\"a\\b\"", null)]
    [InlineData("two words", null)]
    [InlineData("one,two", null)]
    [InlineData("\"caf\u00e9\"", null)]
    [InlineData("a\tb", null)]
    public void A_header_is_a_key_or_none(string header, string? expected) =>
        Assert.Equal(expected, IdempotencyKey.Find(header));

    [Fact]
    public void None_two_or_one_too_long_is_none()
    {
        Assert.Null(IdempotencyKey.Find(StringValues.Empty));
        Assert.Null(IdempotencyKey.Find(new StringValues(["one", "two"])));
        Assert.Null(IdempotencyKey.Find(new string('k', HookLimits.KeyCharactersMax + 1)));
        Assert.NotNull(IdempotencyKey.Find(new string('k', HookLimits.KeyCharactersMax)));
    }
}
