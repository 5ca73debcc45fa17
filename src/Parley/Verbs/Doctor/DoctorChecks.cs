using System.Runtime.CompilerServices;
using Parley.Client;
using Parley.Verbs.Server;

namespace Parley.Verbs.Doctor;

/// <summary>All checks of a machine, one after the other.</summary>
/// <param name="client">Asks running nodes.</param>
/// <param name="nodes">Running nodes: their round trips and clocks are checked.</param>
internal sealed class DoctorChecks(ParleyClient client, IReadOnlyList<string> nodes)
{
    /// <summary>What each check finds.</summary>
    /// <param name="file">The node's settings file; null: none.</param>
    /// <param name="folders">Data directories; empty: the one that the settings name.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async IAsyncEnumerable<Finding> RunAsync(
        string? file, IReadOnlyList<string> folders, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        var settings = ServerSettings.Merge([], ServerSettings.Variables(), file, errors);
        foreach (var error in errors)
        {
            yield return Finding.Fail("settings", error, "correct it");
        }

        foreach (var finding in MachineChecks.Run())
        {
            yield return finding;
        }

        foreach (var finding in ServerSettings.FoldersOf(settings, folders).SelectMany(DirectoryChecks.Run))
        {
            yield return finding;
        }

        foreach (var name in (string[])["listen", "node-listen"])
        {
            if (settings.TryGetValue(name, out var address))
            {
                yield return await NetworkChecks.CheckPortAsync(name, address, client, cancellationToken);
            }
        }

        foreach (var member in Split(settings.GetValueOrDefault("members", "")))
        {
            yield return await NetworkChecks.CheckMemberAsync(member, cancellationToken);
        }

        foreach (var node in nodes)
        {
            foreach (var finding in await NetworkChecks.CheckNodeAsync(node, client, cancellationToken))
            {
                yield return finding;
            }
        }
    }

    private static string[] Split(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
