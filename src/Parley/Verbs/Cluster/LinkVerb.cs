using System.CommandLine;
using Parley.Client;
using Parley.Client.Trust;
using Parley.CommandLine;
using Parley.Server.Certificates;

namespace Parley.Verbs.Cluster;

/// <summary>The verb <c>cluster link</c>: the one line that users get, of a bundle, or of the cluster in use.</summary>
internal static class LinkVerb
{
    public static Command Build()
    {
        var bundle = new Option<string?>("--bundle")
        {
            Description = "Any node's bundle, or the ca.parley of the cluster; else the cluster in use is asked",
            HelpName = "FILE",
        };
        var system = new Option<bool>("--system-roots")
        {
            Description = "For nodes with --certificate: a link for machines that trust that, without a fingerprint",
        };
        var command = new Command("link", "Print the link with which clients find and know the cluster")
        {
            bundle, system,
        };
        var options = ClientOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = options.Read(parsed);
            var link = parsed.GetValue(bundle) is { } path ? OfFile(path) : await AskAsync(settings, cancellationToken);
            link = parsed.GetValue(system) ? link with { CaFingerprint = AuthorityTrust.MachineRoots } : link;
            settings.WriteResult(() => JsonLines.Link(link.ToString()), () => link.ToString());
            return ExitCodes.Ok;
        });
        return command.WithExamples(
            "parley cluster link                                 # of the cluster that a login is stored for",
            "parley cluster link --bundle node-2.parley",
            "parley cluster link --bundle node-2.parley --system-roots     # nodes run with --certificate");
    }

    private static ClusterLink OfFile(string path)
    {
        var isAuthority = string.Equals(Path.GetFileName(path), AuthorityFile.FileName, StringComparison.Ordinal);
        var (members, authorities, name) = ClusterVerb.Load(() => isAuthority
            ? AuthorityFile.Load(path) is var file ? (file.Members, file.Authorities, file.Name) : default
            : NodeBundle.Load(path) is var bundle ? (bundle.Members, bundle.Ca, bundle.Name) : default);
        return ClusterVerb.LinkOf(members, authorities, name);
    }

    /// <summary>The addresses of today, as a node tells them; the name that this user knows the cluster by.</summary>
    private static async Task<ClusterLink> AskAsync(ClientSettings settings, CancellationToken cancellationToken)
    {
        var stored = VerbSession.FindStored(settings);
        var (nodes, ca) = settings.ClusterOf(stored);
        if (ca is null)
        {
            throw new VerbFailedException(
                ExitCodes.Refused,
                $"a cluster with certificates expected, plaintext at {nodes[0]} found: its users need no link, they "
                + "are on this machine; with another login: --as NAME; of a file: --bundle FILE");
        }

        await using var client = settings.NewClient(new ParleyClientOptions
        {
            Nodes = nodes,
            CaFingerprint = ca,
            ClusterId = stored?.Cluster,
        });
        await client.MeetAsync(cancellationToken);
        var known = settings.Link ?? settings.Store.FindLink()?.Link;
        var name = known?.Means(ca, client.Nodes) is true ? known.Name : "";
        return new ClusterLink(client.Nodes, client.CaFingerprint!, name);
    }
}
