using System.Globalization;

namespace Parley.Server.Hosting;

/// <summary>What must hold between the settings of a server; finds everything that does not, not just the first.
/// </summary>
internal static class ServerOptionsRules
{
    public const int IdMax = 1_000;
    private const int FoundersMax = 9;

    private static readonly TimeSpan ElectionTimeoutMin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ElectionTimeoutMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan HeartbeatMin = TimeSpan.FromMilliseconds(10);

    public static IReadOnlyList<string> FindErrors(ServerOptions options)
    {
        var errors = new List<string>();
        FindErrorsOfSelf(options, errors);
        FindErrorsOfMembers(options, errors);
        FindErrorsOfDial(options, errors);
        FindErrorsOfMeasures(options, errors);
        return errors;
    }

    /// <summary>What a node may not found a cluster with; null: nothing. While members come and go their number is even
    /// at times, and a list of where to look for them may name some that have left.</summary>
    public static string? FindErrorOfFounding(ServerOptions options) =>
        options.Members.Count % 2 == 1 && options.Members.Count <= FoundersMax
            ? null
            : Say($"members: an odd number of at most {FoundersMax} addresses expected, ")
                + Say($"{options.Members.Count} found; ")
                + "five survive two failures; a node that shall join a cluster is started with --join";

    private static void FindErrorsOfSelf(ServerOptions options, List<string> errors)
    {
        if (options.Id is < 1 or > IdMax)
        {
            errors.Add(Say($"id: 1 to {IdMax} expected, {options.Id} found; give this node its number in --members"));
        }

        if (options.DataDirectory.Length == 0)
        {
            errors.Add("data: a directory expected, none found; give each node one of its own");
        }

        var isPlain = options.Bundle is null;
        FindErrorsOfAddress("listen", options.Listen, isPlain, errors);
        FindErrorsOfAddress("node-listen", options.NodeListen, isPlain, errors);
        if (options.Advertise is { } advertise && !HostPort.TryParse(advertise, out _))
        {
            errors.Add(SayAddress("advertise", advertise));
        }

        FindErrorsOfPorts("listen", options.Listen, "node-listen", options.NodeListen, errors);
        if (options.HttpListen is { } http)
        {
            FindErrorsOfAddress("http-listen", http, isPlain, errors);
            FindErrorsOfPorts("listen", options.Listen, "http-listen", http, errors);
            FindErrorsOfPorts("node-listen", options.NodeListen, "http-listen", http, errors);
        }

        if (options.AdminListen is { } admin)
        {
            FindErrorsOfAdminAddress(admin, errors);
            FindErrorsOfPorts("listen", options.Listen, "admin-listen", admin, errors);
            FindErrorsOfPorts("node-listen", options.NodeListen, "admin-listen", admin, errors);
            FindErrorsOfPorts("http-listen", options.HttpListen ?? "", "admin-listen", admin, errors);
        }
    }

    private static void FindErrorsOfPorts(string one, string first, string other, string second, List<string> errors)
    {
        if (HostPort.TryParse(first, out var taken) && HostPort.TryParse(second, out var found)
            && taken.Port == found.Port)
        {
            errors.Add($"{other}: another address than --{one} expected, port {found.Port} found for both");
        }
    }

    private static void FindErrorsOfMembers(ServerOptions options, List<string> errors)
    {
        var members = options.Members;
        if (members.Count == 0)
        {
            errors.Add("members: the node addresses of all members expected, none found; see --members");
            return;
        }

        foreach (var member in members)
        {
            if (member.Id is < 1 or > IdMax)
            {
                errors.Add(Say($"members: ids from 1 to {IdMax} expected, {member.Id} found"));
            }

            FindErrorsOfAddress(Say($"members, {member.Id}"), member.Address, options.Bundle is null, errors);
        }

        foreach (var id in members.CountBy(member => member.Id).Where(pair => pair.Value > 1))
        {
            errors.Add(Say($"members: each id once expected, {id.Key} found {id.Value} times"));
        }

        foreach (var address in members.CountBy(member => member.Address).Where(pair => pair.Value > 1))
        {
            errors.Add(Say($"members: each address once expected, {address.Key} found {address.Value} times"));
        }

        if (members.All(member => member.Id != options.Id))
        {
            errors.Add(Say($"members: this node's own id {options.Id} expected among them, not found"));
        }
    }

    private static void FindErrorsOfDial(ServerOptions options, List<string> errors)
    {
        foreach (var item in options.Dial)
        {
            // One that the list does not name may be added, or have left.
            if (item.Id == options.Id || item.Id is < 1 or > IdMax)
            {
                errors.Add(Say($"dial: ids of other nodes, from 1 to {IdMax}, expected, {item.Id} found"));
            }

            FindErrorsOfAddress(Say($"dial, {item.Id}"), item.Address, options.Bundle is null, errors);
        }

        foreach (var id in options.Dial.CountBy(item => item.Id).Where(pair => pair.Value > 1))
        {
            errors.Add(Say($"dial: each id once expected, {id.Key} found {id.Value} times"));
        }
    }

    private static void FindErrorsOfMeasures(ServerOptions options, List<string> errors)
    {
        if (options.ElectionTimeout < ElectionTimeoutMin || options.ElectionTimeout > ElectionTimeoutMax)
        {
            errors.Add(
                Say($"election-timeout: {ElectionTimeoutMin.TotalMilliseconds} to ")
                + Say($"{ElectionTimeoutMax.TotalMilliseconds} expected, ")
                + Say($"{options.ElectionTimeout.TotalMilliseconds} found"));
        }

        if (options.HeartbeatInterval < HeartbeatMin || options.HeartbeatInterval * 2 > options.ElectionTimeout)
        {
            errors.Add(
                Say($"heartbeat-interval: {HeartbeatMin.TotalMilliseconds} to half of election-timeout expected, ")
                + Say($"{options.HeartbeatInterval.TotalMilliseconds} found"));
        }

        if (options.LogKeptMib is < 1 or > 1 << 20)
        {
            errors.Add(Say($"log-kept: 1 to 1048576 MiB expected, {options.LogKeptMib} found"));
        }

        if (options.PasswordHashKib is < 8 or > 1 << 20)
        {
            errors.Add(Say($"password-hash-kib: 8 to 1048576 expected, {options.PasswordHashKib} found"));
        }

        if (options.PasswordHashPasses is < 1 or > 100)
        {
            errors.Add(Say($"password-hash-passes: 1 to 100 expected, {options.PasswordHashPasses} found"));
        }

        if (options.InitialRetention is { } retention && !RetentionText.TryParse(retention, out _, out _))
        {
            errors.Add($"retention: 'delivered', 'forever' or 1 to 36500 days expected, '{retention}' found");
        }

        if (options.InitialRegistration is { } registration && !RegistrationText.TryParse(registration, out _))
        {
            errors.Add($"registration: {RegistrationText.Expected} expected, '{registration}' found");
        }

        if (options.InitialSendRate is 0 or > 1_000_000)
        {
            errors.Add(
                "send-rate: 1 to 1000000 messages per second, or -1 for no limit, expected, "
                + Say($"{options.InitialSendRate} found"));
        }
    }

    private static void FindErrorsOfAddress(string name, string text, bool isPlain, List<string> errors)
    {
        if (!HostPort.TryParse(text, out var address))
        {
            errors.Add(SayAddress(name, text));
        }
        else if (isPlain && !address.IsLoopback)
        {
            errors.Add(
                $"{name}: a loopback address (127.0.0.1, [::1], localhost) expected, {text} found; plaintext is spoken "
                + "on loopback only: make certificates with 'parley cluster init' and start with --bundle "
                + "node-N.parley, or listen on 127.0.0.1");
        }
    }

    /// <summary>Watchers show no certificate, with or without a bundle.</summary>
    private static void FindErrorsOfAdminAddress(string text, List<string> errors)
    {
        if (!HostPort.TryParse(text, out var address))
        {
            errors.Add(SayAddress("admin-listen", text));
        }
        else if (!address.IsLoopback)
        {
            errors.Add(
                $"admin-listen: a loopback address (127.0.0.1, [::1], localhost) expected, {text} found; let a "
                + "collector run on this machine, come through a tunnel, or push with --otlp-endpoint");
        }
    }

    private static string SayAddress(string name, string text) => text.Length == 0
        ? $"{name}: HOST:PORT expected, nothing found"
        : $"{name}: HOST:PORT with a port from 1 to 65535 expected, '{text}' found";

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
