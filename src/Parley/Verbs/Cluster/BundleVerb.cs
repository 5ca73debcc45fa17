using System.CommandLine;
using Parley.CommandLine;
using Parley.Server.Certificates;

namespace Parley.Verbs.Cluster;

/// <summary>The verb <c>cluster bundle</c>: a bundle for a node that <c>cluster init</c> did not name.</summary>
internal static class BundleVerb
{
    public static Command Build()
    {
        var data = ClusterVerb.DataOption("Where 'parley cluster init' wrote");
        var node = new Option<string>("--node")
        {
            Description = "The new node's number, and where clients reach it; other nodes use PORT + 100, or NODEPORT",
            HelpName = "ID=HOST:PORT[/NODEPORT]",
            Required = true,
        };
        var command = new Command("bundle", "Make the bundle of one more node; the others keep theirs") { data, node };
        command.SetAction(parsed => Add(
            parsed, parsed.GetRequiredValue(data), parsed.GetRequiredValue(node)));
        return command.WithExamples(
            "parley cluster bundle --data chat --node 6=10.0.0.6:7401",
            "parley server --bundle node-6.parley --join     # on the sixth machine, which got that one file",
            "parley cluster add 6=10.0.0.6:7501 --as alice");
    }

    private static int Add(ParseResult parsed, string directory, string text)
    {
        var member = ClusterMembers.Find(text) ?? throw new VerbFailedException(
            ExitCodes.Usage, $"node: ID=HOST:PORT or ID=HOST:PORT/NODEPORT expected, '{text}' found");
        var path = Path.Combine(directory, NodeBundle.FileNameOf(member.Id));
        if (File.Exists(path))
        {
            throw new VerbFailedException(
                ExitCodes.Conflict,
                $"{path} is there already: give the machine that one, or 'parley cluster renew' makes new ones for "
                + "all");
        }

        var file = ClusterVerb.Load(() => ClusterFiles.Add(directory, member, TimeProvider.System.GetUtcNow()));
        parsed.InvocationConfiguration.Output.WriteLine(path);
        var error = parsed.InvocationConfiguration.Error;
        error.WriteLine("parley: its machine gets it, and runs: "
            + $"parley server --bundle {Path.GetFileName(path)} --join");
        error.WriteLine($"parley: then, as an administrator: parley cluster add {member.Id}={member.Node}");
        error.WriteLine("parley: new users get this link: "
            + ClusterVerb.LinkOf(file.Members, file.Authorities, file.Name));
        return ExitCodes.Ok;
    }
}
