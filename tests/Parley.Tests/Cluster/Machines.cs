using System.Diagnostics;
using Parley.Local;

namespace Parley.Tests.Cluster;

/// <summary>
/// Machines on one network: a network namespace each, with an address of its own, on a bridge in another one. Names are
/// drawn for each test; what was made is written down and removed at the end, and nothing else.
/// </summary>
internal sealed class Machines : IAsyncDisposable
{
    private readonly List<string> namespaces = [];
    private readonly string prefix = $"parley{Random.Shared.Next(0x10000, 0xfffff):x}";

    private string Switch => $"{prefix}s";

    /// <summary>Null when machines can be made here; else why not.</summary>
    public static async Task<string?> FindReasonToSkipAsync()
    {
        if (!string.Equals(Environment.UserName, "root", StringComparison.Ordinal))
        {
            return "network namespaces need root";
        }

        try
        {
            return await RunIpAsync("netns") == 0 ? null : "'ip netns' does not work here";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "there is no 'ip' (iproute2)";
        }
    }

    public static string AddressOf(int machine) => $"10.77.0.{machine}";

    public static async Task<Machines> StartAsync(int count)
    {
        var machines = new Machines();
        try
        {
            await machines.AddNamespaceAsync(machines.Switch);
            await IpAsync("-n", machines.Switch, "link", "add", "lan", "type", "bridge");
            await IpAsync("-n", machines.Switch, "link", "set", "lan", "up");
            for (var machine = 1; machine <= count; machine++)
            {
                await machines.PlugInAsync(machine);
            }

            return machines;
        }
        catch
        {
            await machines.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the program on a machine; standard input and output are the caller's.</summary>
    public Process Start(
        int machine, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var (file, leading) = ParleyExecutable.Find();
        var start = new ProcessStartInfo("ip", ["netns", "exec", NameOf(machine), file, .. leading, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in namespaces)
        {
            await RunIpAsync("netns", "del", name);
        }

        namespaces.Clear();
    }

    private string NameOf(int machine) => $"{prefix}m{machine}";

    private async Task PlugInAsync(int machine)
    {
        var name = NameOf(machine);
        await AddNamespaceAsync(name);
        await IpAsync(
            "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", $"port{machine}", "netns", Switch);
        await IpAsync("-n", Switch, "link", "set", $"port{machine}", "master", "lan", "up");
        await IpAsync("-n", name, "link", "set", "lo", "up");
        await IpAsync("-n", name, "link", "set", "eth0", "up");
        await IpAsync("-n", name, "address", "add", $"{AddressOf(machine)}/24", "dev", "eth0");
    }

    private async Task AddNamespaceAsync(string name)
    {
        await IpAsync("netns", "add", name);
        namespaces.Add(name);
    }

    private static async Task IpAsync(params string[] arguments) =>
        Assert.True(await RunIpAsync(arguments) == 0, $"ip {string.Join(' ', arguments)} failed");

    private static async Task<int> RunIpAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
