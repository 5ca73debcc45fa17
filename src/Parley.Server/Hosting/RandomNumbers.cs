using System.Buffers.Binary;
using System.Globalization;
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

    /// <summary>32 hexadecimal digits.</summary>
    public static string DrawClusterId() =>
        string.Create(CultureInfo.InvariantCulture, $"{Draw():x16}{Draw():x16}");
}
