using Parley.Client;

namespace Parley.Tests.Client;

/// <summary>The form of message ids.</summary>
public sealed class MessageIdTests
{
    [Fact]
    public void It_is_client_number_and_counter_big_endian()
    {
        var id = new MessageId(0x0102030405060708, 9);
        var bytes = new byte[MessageId.Bytes];
        id.WriteTo(bytes);

        Assert.Equal("01020304050607080000000000000009", id.ToString());
        Assert.Equal("01020304050607080000000000000009", Convert.ToHexString(bytes));
        Assert.Equal(id, MessageId.FromBytes(bytes));
        Assert.True(MessageId.TryParse(id.ToString(), out var parsed));
        Assert.Equal(id, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0102030405060708000000000000000")]
    [InlineData("010203040506070800000000000000099")]
    [InlineData("0102030405060708 000000000000009")]
    [InlineData("-1020304050607080000000000000009")]
    [InlineData("g1020304050607080000000000000009")]
    public void Anything_but_32_hexadecimal_digits_is_none(string text) =>
        Assert.False(MessageId.TryParse(text, out _));
}
