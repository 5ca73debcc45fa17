using System.Buffers.Text;
using System.Security.Cryptography;

namespace Parley.Server.Api;

/// <summary>The bearer token of a session: 32 bytes, of which only the SHA-256 is ever stored.</summary>
internal static class SessionToken
{
    /// <summary>The length of a token's hash in bytes.</summary>
    public const int HashBytes = SHA256.HashSizeInBytes;

    private const string Scheme = "Bearer ";

    /// <summary>The length of 32 bytes as base64url without padding.</summary>
    private const int TextCharacters = 43;

    /// <summary>Reads the value of the <c>authorization</c> metadata: <c>Bearer</c> and base64url.</summary>
    /// <param name="authorization">As received; null when there was none.</param>
    /// <param name="hash">Receives the token's SHA-256.</param>
    /// <returns>False for anything else.</returns>
    public static bool TryHash(string? authorization, Span<byte> hash)
    {
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var text = authorization.AsSpan(Scheme.Length).TrimEnd('=');
        Span<byte> token = stackalloc byte[ApiLimits.TokenBytes];
        if (text.Length != TextCharacters
            || !Base64Url.IsValid(text, out var length)
            || length != ApiLimits.TokenBytes
            || !Base64Url.TryDecodeFromChars(text, token, out var written)
            || written != ApiLimits.TokenBytes)
        {
            return false;
        }

        SHA256.HashData(token, hash);
        return true;
    }
}
