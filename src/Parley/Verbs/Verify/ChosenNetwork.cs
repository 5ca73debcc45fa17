using Parley.CommandLine;
using Parley.Local;
using Parley.Local.Network;

namespace Parley.Verbs.Verify;

/// <summary>How servers and clients of a run reach each other.</summary>
/// <param name="Kind">Namespaces or proxies.</param>
/// <param name="WhyNoNamespaces">Empty when it is namespaces.</param>
internal sealed record ChosenNetwork(NetworkKind Kind, string WhyNoNamespaces)
{
    /// <summary>What was asked for, or else the best there is; told in a line.</summary>
    /// <exception cref="VerbFailedException">What was asked for cannot be had here.</exception>
    public static async Task<ChosenNetwork> ChooseAsync(NetworkKind? asked, Action<string> tell)
    {
        if (asked == NetworkKind.Proxies)
        {
            return Told(new(NetworkKind.Proxies, "proxies were asked for"), tell);
        }

        var reason = await MachineNetwork.FindReasonWhyNotAsync();
        if (reason is not null && asked is not null)
        {
            throw new VerbFailedException(
                ExitCodes.Refused, $"--network namespaces: {reason}; without it proxies are used");
        }

        return Told(new(reason is null ? NetworkKind.Namespaces : NetworkKind.Proxies, reason ?? ""), tell);
    }

    private static ChosenNetwork Told(ChosenNetwork chosen, Action<string> tell)
    {
        tell(chosen.Kind == NetworkKind.Namespaces
            ? "network: a namespace with its own address for each server, TLS, and all packets, clients' too, through "
                + "an emulator"
            : $"network: loopback, plaintext, proxies between the servers (not namespaces: {chosen.WhyNoNamespaces})");
        return chosen;
    }
}
