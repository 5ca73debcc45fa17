using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;

namespace Parley.Local.Network;

/// <summary>The addresses of one network of machines: 10.77.NUMBER.0/24, machines from 1 on.</summary>
internal readonly record struct Subnet(int Number)
{
    public const int PrefixLength = 24;
    public const int HostsMax = 256;

    private const int NumberMax = 254;
    private const int ClientsHost = 254;

    /// <summary>One that nobody uses here, and the device of this process in it: no two can be of one name, so whoever
    /// has it has the subnet.</summary>
    /// <exception cref="IOException">All are in use.</exception>
    public static (Subnet Claimed, TunDevice Door) Claim()
    {
        var used = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(device => device.GetIPProperties().UnicastAddresses)
            .Select(address => address.Address.ToString())
            .ToList();
        var first = Random.Shared.Next(NumberMax);
        for (var turn = 0; turn < NumberMax; turn++)
        {
            var subnet = new Subnet(((first + turn) % NumberMax) + 1);
            var isUsed = used.Exists(address => address.StartsWith(subnet.Begin, StringComparison.Ordinal));
            if (!isUsed && TunDevice.Open(subnet.DeviceOf(INodeNetwork.Clients)) is { } door)
            {
                return (subnet, door);
            }
        }

        throw new IOException(
            $"all networks from {new Subnet(1).Begin}0 to {new Subnet(NumberMax).Begin}0 are in use here");
    }

    public IPAddress AddressOf(int place) =>
        IPAddress.Parse(string.Create(
            CultureInfo.InvariantCulture, $"{Begin}{(place == INodeNetwork.Clients ? ClientsHost : place)}"));

    public string DeviceOf(int place) => string.Create(CultureInfo.InvariantCulture, $"parley-{Number}-{place}");

    private string Begin => string.Create(CultureInfo.InvariantCulture, $"10.77.{Number}.");
}
