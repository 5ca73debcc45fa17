using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Server.Guarding;

/// <summary>Where a caller comes from, as limits count it: an IPv4 address, or the first 64 bits of an IPv6 address, of
/// which one subscriber has all (RFC 6177).</summary>
/// <param name="Key">Equal for what is counted together.</param>
internal readonly record struct CallerAddress(UInt128 Key)
{
    private const int PrefixBytes = 8;
    private const int HashBytes = 16;

    public static CallerAddress Of(IPAddress? address)
    {
        if (address is null)
        {
            return default;
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var bytes = plain.GetAddressBytes();
        return plain.AddressFamily == AddressFamily.InterNetwork
            ? new(BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : new((UInt128)BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(0, PrefixBytes)) << 64);
    }

    /// <summary>What the state remembers of it for an account, 16 bytes: equal addresses of two accounts do not look
    /// alike there.</summary>
    public byte[] HashFor(long account) => SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{account} {Key}")))[..HashBytes];
}
