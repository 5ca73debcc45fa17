using System.CommandLine;
using Parley.CommandLine;
using Parley.Server.Certificates;

namespace Parley.Verbs.Cluster;

/// <summary>The verb <c>cluster link</c>: the one line that users get.</summary>
internal static class LinkVerb
{
    public static Command Build()
    {
        var bundle = new Option<string>("--bundle")
        {
            Description = "Any node's bundle, or the ca.parley of the cluster",
            HelpName = "FILE",
            Required = true,
        };
        var command = new Command("link", "Print the link with which clients find and know the cluster") { bundle };
        command.SetAction(parsed => OfFile(parsed, parsed.GetRequiredValue(bundle)));
        return command.WithExamples("parley cluster link --bundle node-2.parley");
    }

    private static int OfFile(ParseResult parsed, string path)
    {
        var isAuthority = string.Equals(Path.GetFileName(path), AuthorityFile.FileName, StringComparison.Ordinal);
        var (members, authorities, name) = ClusterVerb.Load(() => isAuthority
            ? AuthorityFile.Load(path) is var file ? (file.Members, file.Authorities, file.Name) : default
            : NodeBundle.Load(path) is var bundle ? (bundle.Members, bundle.Ca, bundle.Name) : default);
        parsed.InvocationConfiguration.Output.WriteLine(ClusterVerb.LinkOf(members, authorities, name).ToString());
        return ExitCodes.Ok;
    }
}
