using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Parley.Server.Hosting;

/// <summary>Numbers nobody can guess or draw twice.</summary>
internal static class RandomNumbers
{
    public static ulong Draw()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
