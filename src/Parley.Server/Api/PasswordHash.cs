using System.Globalization;
using System.Security.Cryptography;

namespace Parley.Server.Api;

/// <summary>An Argon2id hash as a PHC string, <c>$argon2id$v=19$m=KIB,t=PASSES,p=1$SALT$HASH</c> (RFC 9106).</summary>
/// <param name="Kib">Memory in KiB.</param>
/// <param name="Passes">How many times that memory is gone over.</param>
/// <param name="Salt">16 random bytes.</param>
/// <param name="Hash">32 bytes.</param>
internal sealed record PasswordHash(int Kib, int Passes, byte[] Salt, byte[] Hash)
{
    public const int HashBytes = 32;

    /// <summary>The least memory of one lane (RFC 9106).</summary>
    public const int KibMin = 8;

    private const int SaltBytes = 16;
    private const string Prefix = "$argon2id$v=19$m=";

    /// <summary>Hashes with a new random salt; takes a core for a while and that memory.</summary>
    public static PasswordHash Create(
        ReadOnlySpan<byte> password, int kib, int passes, IKeyDerivation derivation)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new PasswordHash(kib, passes, salt, derivation.Derive(password, kib, passes, salt));
    }

    /// <exception cref="FormatException">It is no such string.</exception>
    public static PasswordHash Parse(string text)
    {
        var parts = text.Split('$');
        if (parts.Length != 6 || !text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            throw new FormatException("a PHC string of Argon2id is expected");
        }

        var costs = parts[3].Split(',');
        if (costs.Length != 3 || !string.Equals(costs[2], "p=1", StringComparison.Ordinal))
        {
            throw new FormatException("m=…,t=…,p=1 is expected");
        }

        return new PasswordHash(
            ParseCost(costs[0], "m="), ParseCost(costs[1], "t="), FromBase64(parts[4]), FromBase64(parts[5]));
    }

    /// <summary>Whether this is the hash of the password; takes as long as making it, whatever the answer.</summary>
    public bool Matches(ReadOnlySpan<byte> password, IKeyDerivation derivation) =>
        CryptographicOperations.FixedTimeEquals(derivation.Derive(password, Kib, Passes, Salt), Hash);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Prefix}{Kib},t={Passes},p=1${ToBase64(Salt)}${ToBase64(Hash)}");

    private static int ParseCost(string text, string name) =>
        text.StartsWith(name, StringComparison.Ordinal)
            ? int.Parse(text.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture)
            : throw new FormatException($"{name}… is expected");

    /// <summary>PHC strings have base64 without padding.</summary>
    private static string ToBase64(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static byte[] FromBase64(string text) =>
        Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
}
