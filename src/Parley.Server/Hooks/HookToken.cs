using System.Buffers.Text;
using System.Security.Cryptography;
using Parley.Server.Api;

namespace Parley.Server.Hooks;

/// <summary>The secret in a hook's address: <c>parley_</c> and 32 bytes as base64url, of which only the SHA-256 is ever
/// stored.</summary>
internal static class HookToken
{
    private const string Prefix = "parley_";

    /// <summary>Its SHA-256; null for anything else.</summary>
    public static byte[]? FindHash(string? text)
    {
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || !Base64Url.IsValid(text.AsSpan(Prefix.Length), out var length) || length != ApiLimits.TokenBytes)
        {
            return null;
        }

        return SHA256.HashData(Base64Url.DecodeFromChars(text.AsSpan(Prefix.Length)));
    }
}
