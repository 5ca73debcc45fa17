using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Parley.Client;

/// <summary>Device tokens as people and programs keep them: <c>parley_</c> and 43 characters of base64url. Whoever has
/// one can log into its account.</summary>
public static class DeviceTokens
{
    private const string Prefix = "parley_";
    private const int TokenBytes = 32;
    private const int FingerprintBytes = 8;

    /// <summary>256 random bits.</summary>
    internal static byte[] Draw() => RandomNumberGenerator.GetBytes(TokenBytes);

    /// <summary>As it is shown once.</summary>
    internal static string Format(ReadOnlySpan<byte> token) => Prefix + Base64Url.EncodeToString(token);

    /// <summary>Reads one; false for anything else.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out byte[]? token)
    {
        token = null;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || !Base64Url.IsValid(text.AsSpan(Prefix.Length), out var length) || length != TokenBytes)
        {
            return false;
        }

        token = Base64Url.DecodeFromChars(text.AsSpan(Prefix.Length));
        return true;
    }

    /// <summary>Tells tokens apart without being one: 16 hexadecimal digits.</summary>
    internal static string FingerprintOf(ReadOnlySpan<byte> token) =>
        Convert.ToHexStringLower(SHA256.HashData(SHA256.HashData(token)).AsSpan(0, FingerprintBytes));
}

/// <summary>A device token of an account, without the secret.</summary>
public sealed record DeviceTokenEntry
{
    /// <summary>From 1, never reused.</summary>
    public required long Number { get; init; }

    /// <summary>What its owner calls it.</summary>
    public required string Label { get; init; }

    /// <summary>Log time of its creation.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Log time of the last login with it; null: never.</summary>
    public required DateTimeOffset? UsedAt { get; init; }

    /// <summary>Whether the session opened with it is alive.</summary>
    public required bool Online { get; init; }

    /// <summary>Where it posts to, if it is a hook: a name, or a room's with its '#'; empty: what is there no more.
    /// Null: it is a device token.</summary>
    public string? HookTarget { get; init; }
}
