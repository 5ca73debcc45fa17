using System.Buffers.Text;
using System.Security.Cryptography;
using Google.Protobuf;
using Parley.Server.Api;

namespace Parley.Tests.Api;

/// <summary>What identifies: message ids, hashes of content, tokens.</summary>
public sealed class MessageIdTests
{
    [Fact]
    public void An_id_is_client_and_counter_big_endian()
    {
        var bytes = ByteString.CopyFrom(Convert.FromHexString("0102030405060708" + "000000000000000A"));

        var id = MessageId.Find(bytes);

        Assert.Equal(new MessageId(0x0102030405060708, 10), id);
        Assert.Equal(bytes, id?.ToByteString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("010203040506070800000000000000")]
    [InlineData("0102030405060708000000000000000A00")]
    [InlineData("01020304050607080000000000000000")]
    public void Other_lengths_and_the_counter_0_are_no_id(string hex)
    {
        Assert.Null(MessageId.Find(ByteString.CopyFrom(Convert.FromHexString(hex))));
    }

    [Fact]
    public void The_hash_of_a_content_is_for_ever_the_same()
    {
        // SHA-256 over 00000003 "bob" 00000005 "hello" 00000002 0102, its first half.
        var expected = SHA256.HashData([0, 0, 0, 3, .. "bob"u8, 0, 0, 0, 5, .. "hello"u8, 0, 0, 0, 2, 1, 2]);

        var hash = ContentHash.Of("bob", "hello", ByteString.CopyFrom(1, 2));

        Assert.Equal(Convert.ToHexString(expected, 0, 16), Convert.ToHexString(hash.Span));
    }

    [Fact]
    public void No_part_of_a_content_can_pass_for_another()
    {
        var none = ByteString.Empty;
        ByteString[] hashes =
        [
            ContentHash.Of("bob", "hello", none),
            ContentHash.Of("bobh", "ello", none),
            ContentHash.Of("bob", "hell", ByteString.CopyFromUtf8("o")),
            ContentHash.Of("carol", "hello", none),
            ContentHash.Of("bob", new string('h', 16_384), none),
            ContentHash.Of("bob", new string('h', 16_383), none),
        ];

        Assert.Equal(hashes.Length, hashes.Distinct().Count());
    }

    [Fact]
    public void A_token_is_hashed()
    {
        var token = RandomNumberGenerator.GetBytes(32);
        var hash = new byte[SessionToken.HashBytes];

        Assert.True(SessionToken.TryHash($"Bearer {Base64Url.EncodeToString(token)}", hash));
        Assert.Equal(SHA256.HashData(token), hash);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer ")]
    [InlineData("Basic YWxpY2U6cGFzc3dvcmQ")]
    [InlineData("Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!A")]
    [InlineData("Bearer \u00e9AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\u00e9")]
    public void What_is_no_token_is_not(string? authorization)
    {
        Assert.False(SessionToken.TryHash(authorization, new byte[SessionToken.HashBytes]));
    }

    [Fact]
    public void A_token_of_10_KB_is_none()
    {
        Assert.False(SessionToken.TryHash("Bearer " + new string('A', 10_240), new byte[SessionToken.HashBytes]));
    }
}
