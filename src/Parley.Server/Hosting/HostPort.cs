using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Parley.Server.Hosting;

/// <summary>An address HOST:PORT as an operator writes it; IPv6 in brackets.</summary>
internal readonly record struct HostPort(string Host, int Port)
{
    private const int PortMax = 65_535;

    /// <summary>Whether the host is this machine alone: the only place where plaintext is spoken.</summary>
    public bool IsLoopback => FindLoopback() is not null;

    /// <summary>What to connect to: a name is looked up at each attempt.</summary>
    public EndPoint DialPoint => FindAddress() is { } address
        ? new IPEndPoint(address, Port)
        : new DnsEndPoint(Host, Port);

    /// <summary>What to listen on. A name stands for all addresses of the machine: what it says of itself is often
    /// another one than what others call it by.</summary>
    public IPEndPoint ListenPoint =>
        new(FindAddress() ?? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any), Port);

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <summary>False for anything that is not a host, a colon and a port from 1 to 65535.</summary>
    public static bool TryParse(string text, out HostPort address)
    {
        address = default;
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > PortMax)
        {
            return false;
        }

        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            return false;
        }

        address = new HostPort(host, port);
        return Uri.CheckHostName(host) != UriHostNameType.Unknown;
    }

    private IPAddress? FindAddress() =>
        FindLoopback() ?? (IPAddress.TryParse(Host, out var address) ? address : null);

    private IPAddress? FindLoopback()
    {
        if (string.Equals(Host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return IPAddress.Loopback;
        }

        return IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address) ? address : null;
    }
}
