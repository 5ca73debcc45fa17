using NSec.Cryptography;

namespace Parley.Server.Api;

/// <summary>Makes the hash of a password, which is what a login costs; tests count how often and how many at a time.
/// </summary>
internal interface IKeyDerivation
{
    /// <summary>32 bytes; takes a core for a while, and that memory.</summary>
    byte[] Derive(ReadOnlySpan<byte> password, int kib, int passes, byte[] salt);
}

/// <summary>Argon2id with one lane (RFC 9106).</summary>
internal sealed class Argon2id : IKeyDerivation
{
    public static readonly Argon2id Instance = new();

    public byte[] Derive(ReadOnlySpan<byte> password, int kib, int passes, byte[] salt)
    {
        var parameters = new Argon2Parameters
        {
            DegreeOfParallelism = 1,
            MemorySize = kib,
            NumberOfPasses = passes,
        };
        return PasswordBasedKeyDerivationAlgorithm.Argon2id(parameters)
            .DeriveBytes(password, salt, PasswordHash.HashBytes);
    }
}
