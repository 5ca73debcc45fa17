using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Server.Api;

/// <summary>
/// Page tokens: the place to go on from, and a checksum that binds it to the list, the caller and the query. Not a
/// secret (a caller may ask for any place anyway): only a token of this very list is accepted, on every node.
/// </summary>
internal static class PageToken
{
    private const int ChecksumBytes = 8;

    /// <summary>Makes the token of a list's next page.</summary>
    /// <param name="list">Which list, with its query: everything that must be the same on the next page.</param>
    /// <param name="account">The caller's account number.</param>
    /// <param name="place">ASCII, at most 64 characters.</param>
    public static string Format(string list, long account, string place)
    {
        Span<byte> token = stackalloc byte[ChecksumBytes + place.Length];
        Encoding.ASCII.GetBytes(place, token[ChecksumBytes..]);
        WriteChecksum(list, account, place, token);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>The place a token stands for.</summary>
    /// <exception cref="RefusedException">PAGE_TOKEN_INVALID: it was not made for this list and caller.</exception>
    public static string Parse(string list, long account, string token)
    {
        Span<byte> bytes = stackalloc byte[ApiLimits.PageTokenCharactersMax];
        if (token.Length > ApiLimits.PageTokenCharactersMax
            || !Base64Url.IsValid(token)
            || !Base64Url.TryDecodeFromChars(token, bytes, out var length)
            || length <= ChecksumBytes
            || !Ascii.IsValid(bytes[ChecksumBytes..length]))
        {
            throw new RefusedException(Reasons.PageTokenInvalid);
        }

        var place = Encoding.ASCII.GetString(bytes[ChecksumBytes..length]);
        Span<byte> expected = stackalloc byte[ChecksumBytes];
        WriteChecksum(list, account, place, expected);
        return expected.SequenceEqual(bytes[..ChecksumBytes])
            ? place
            : throw new RefusedException(Reasons.PageTokenInvalid);
    }

    /// <summary>As <see cref="Parse"/>, where a place is a number: whoever reads this can make a token of any place.
    /// </summary>
    /// <exception cref="RefusedException">PAGE_TOKEN_INVALID: see there, or its place is none.</exception>
    public static long ParseNumber(string list, long account, string token) =>
        long.TryParse(
            Parse(list, account, token), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new RefusedException(Reasons.PageTokenInvalid);

    private static void WriteChecksum(string list, long account, string place, Span<byte> checksum)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant(
            $"parley page\n{list}\n{account}\n{place}")));
        hash.AsSpan(0, ChecksumBytes).CopyTo(checksum);
    }
}
