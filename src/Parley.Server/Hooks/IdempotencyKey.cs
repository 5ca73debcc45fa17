using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Primitives;
using Parley.Core.Facts;

namespace Parley.Server.Hooks;

/// <summary>The header <c>Idempotency-Key</c> (draft-ietf-httpapi-idempotency-key-header): a String of Structured
/// Fields (RFC 8941, 3.3.3). Most programs leave its quotes out: that is the same key.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    /// <summary>The key; null when there is none, or it is none.</summary>
    public static string? Find(StringValues header)
    {
        var text = header.Count == 1 ? header[0]?.Trim(' ') ?? "" : "";
        var key = text.StartsWith('"') ? FindQuoted(text) : IsBare(text) ? text : null;
        return key?.Length is > 0 and <= HookLimits.KeyCharactersMax ? key : null;
    }

    /// <summary>What the log has of it, 16 bytes.</summary>
    public static ByteString HashOf(string key) =>
        ByteString.CopyFrom(SHA256.HashData(Encoding.ASCII.GetBytes(key)).AsSpan(0, Bytes16.Size));

    private static bool IsBare(string text) =>
        text.All(character => character is > ' ' and <= '~' and not ('"' or ',' or ';' or '\\'));

    private static string? FindQuoted(string text)
    {
        var key = new StringBuilder(text.Length);
        for (var at = 1; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '"':
                    return at == text.Length - 1 ? key.ToString() : null;
                case '\\' when at + 1 < text.Length && text[at + 1] is '"' or '\\':
                    key.Append(text[++at]);
                    break;
                case >= ' ' and <= '~' and not '\\':
                    key.Append(text[at]);
                    break;
                default:
                    return null;
            }
        }

        return null;
    }
}
