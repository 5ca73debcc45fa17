using System.ComponentModel;
using System.Net;

namespace Parley.Local.Network;

/// <summary>
/// Machines on one network, as far as software can tell: a network namespace each, with an address of its own. Their
/// packets, and those between them and this process, go through a <see cref="PacketSwitch"/> in this process and
/// nowhere else. Needs root. What was made is removed at the end; what a killed process left, at the next start.
/// </summary>
internal sealed class MachineNetwork : INodeNetwork
{
    private const string Enter = "nsenter";
    private const string TunFile = "/dev/net/tun";

    private readonly List<string> namespaces;
    private readonly PacketSwitch packets;
    private readonly Subnet subnet;

    private MachineNetwork(Subnet subnet, List<string> namespaces, PacketSwitch packets)
    {
        this.subnet = subnet;
        this.namespaces = namespaces;
        this.packets = packets;
    }

    public bool HasClients => true;

    public PacketCounts Counts => packets.Counts;

    /// <summary>Null when machines can be made here; else why not.</summary>
    public static async Task<string?> FindReasonWhyNotAsync()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "network namespaces need root";
        }

        if (!File.Exists(TunFile))
        {
            return $"there is no {TunFile}";
        }

        if (!ExistsInPath(Enter))
        {
            return $"there is no '{Enter}' (util-linux)";
        }

        try
        {
            await using var trial = await StartAsync(1, 0);
            return null;
        }
        catch (Exception failure) when (failure is IOException or Win32Exception)
        {
            return failure.Message;
        }
    }

    /// <param name="size">Machines 1 to this; place 0 is this process.</param>
    /// <param name="seed">Draws what becomes of packets.</param>
    /// <exception cref="IOException">Namespaces cannot be made here.</exception>
    /// <exception cref="Win32Exception">Devices cannot be made here.</exception>
    public static async Task<MachineNetwork> StartAsync(int size, int seed)
    {
        await RemoveAsync(NamespaceNames.Orphans());
        var (claimed, door) = Subnet.Claim();
        var devices = new List<TunDevice> { door };
        var names = new List<string>();
        try
        {
            await BringUpAsync(door.Name, claimed.AddressOf(INodeNetwork.Clients));
            for (var machine = 1; machine <= size; machine++)
            {
                await PlugInAsync(claimed, machine, names, devices);
            }

            var ports = devices.Select((device, place) => (device, claimed.AddressOf(place))).ToList();
            return new(claimed, names, new(ports, seed));
        }
        catch
        {
            devices.ForEach(device => device.Dispose());
            await RemoveAsync(names);
            throw;
        }
    }

    public IPAddress AddressOf(int place) => subnet.AddressOf(place);

    /// <summary>Where its namespace can be opened.</summary>
    public string NamespaceOf(int machine) => PathOf(namespaces[machine - 1]);

    /// <summary>The command that runs a program on a machine, with the same process id: all else is as here.</summary>
    public (string File, IReadOnlyList<string> Arguments) On(
        int machine, string file, IEnumerable<string> arguments) =>
        (Enter, [$"--net={NamespaceOf(machine)}", "--", file, .. arguments]);

    /// <summary>From now on packets from the first to the second meet this.</summary>
    public void Spoil(int from, int to, PacketRule rule) => packets.Change(rules => rules.With(from, to, rule));

    public void Cut(int from, int to) => Spoil(from, to, PacketRule.Cut);

    public void Delay(int from, int to, TimeSpan delay) => Spoil(from, to, new() { Delay = delay });

    public void Mend() => packets.Change(_ => PacketRules.AllOpen);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await packets.DisposeAsync();
        }
        finally
        {
            await RemoveAsync(namespaces);
            namespaces.Clear();
        }
    }

    private static async Task PlugInAsync(
        Subnet there, int machine, List<string> names, List<TunDevice> devices)
    {
        var name = NamespaceNames.Of((there.Number * Subnet.HostsMax) + machine);
        names.Add(name);
        await IpCommand.RunAsync("netns", "add", name);
        var device = TunDevice.Open(there.DeviceOf(machine))
            ?? throw new IOException($"a device {there.DeviceOf(machine)} is there already");
        devices.Add(device);
        await IpCommand.RunAsync("link", "set", device.Name, "netns", name);
        await IpCommand.RunAsync("-n", name, "link", "set", "lo", "up");
        await BringUpAsync(device.Name, there.AddressOf(machine), "-n", name);
    }

    private static async Task BringUpAsync(string device, IPAddress address, params string[] where)
    {
        await IpCommand.RunAsync([.. where, "address", "add", $"{address}/{Subnet.PrefixLength}", "dev", device]);
        await IpCommand.RunAsync([.. where, "link", "set", device, "up"]);
    }

    private static async Task RemoveAsync(IReadOnlyList<string> names)
    {
        foreach (var name in names.Where(name => File.Exists(PathOf(name))))
        {
            try
            {
                await IpCommand.RunAsync("netns", "del", name);
            }
            catch (IOException) when (!File.Exists(PathOf(name)))
            {
                // Another process has tidied up at the same time.
            }
        }
    }

    private static string PathOf(string name) => Path.Combine(NamespaceNames.Folder, name);

    private static bool ExistsInPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
