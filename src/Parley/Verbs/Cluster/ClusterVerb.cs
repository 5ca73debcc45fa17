using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Server.Certificates;

namespace Parley.Verbs.Cluster;

/// <summary>The verb <c>cluster</c>: which nodes a cluster has, their certificates, and the link that its users get.
/// </summary>
internal static class ClusterVerb
{
    public static Command Build() => new Command("cluster", "A cluster's nodes, certificates and link")
    {
        BuildInit(),
        LinkVerb.Build(),
        RenewVerb.Build(),
        BundleVerb.Build(),
        MembersVerb.Build(),
        MemberVerbs.BuildAdd(),
        MemberVerbs.BuildReplace(),
        MemberVerbs.BuildRemove(),
        MemberVerbs.BuildTransferLeader(),
        RestartVerb.Build(),
        RecoverVerb.Build(),
    }.WithExamples(
        "parley cluster init --data chat --name \"our chat\" --node 1=10.0.0.1:7401 --node 2=10.0.0.2:7401 \\",
        "    --node 3=10.0.0.3:7401 --node 4=10.0.0.4:7401 --node 5=10.0.0.5:7401",
        "parley server --bundle node-2.parley     # on the second machine, which got that one file",
        "parley cluster link --bundle node-2.parley",
        "parley cluster renew --data chat",
        "parley cluster replace --id 3 --as alice",
        "parley cluster restart --rolling --as alice");

    /// <summary>Where the authority is kept.</summary>
    internal static Option<string> DataOption(string description) =>
        new("--data") { Description = description, HelpName = "DIR", Required = true };

    internal static void WritePaths(ParseResult parsed, string directory, AuthorityFile file)
    {
        foreach (var member in file.Members)
        {
            parsed.InvocationConfiguration.Output.WriteLine(
                Path.Combine(directory, NodeBundle.FileNameOf(member.Id)));
        }
    }

    internal static ClusterLink LinkOf(IReadOnlyList<BundleMember> members, string authoritiesPem, string name) => new(
        [.. members.Select(member => member.Client)], ClusterAuthority.FingerprintsOf(authoritiesPem), name);

    /// <exception cref="VerbFailedException">A file is not what it should be.</exception>
    internal static T Load<T>(Func<T> load)
    {
        try
        {
            return load();
        }
        catch (BundleRefusedException refused)
        {
            throw new VerbFailedException(ExitCodes.Refused, refused.Message);
        }
    }

    private static Command BuildInit()
    {
        var data = DataOption("Where the authority and the nodes' bundles are written");
        var name = new Option<string>("--name")
        {
            Description = "The cluster's name, for people",
            HelpName = "NAME",
            DefaultValueFactory = _ => "",
        };
        var nodes = new Option<string[]>("--node")
        {
            Description = "A node's number, and where clients reach it; other nodes use PORT + 100, or NODEPORT",
            HelpName = "ID=HOST:PORT[/NODEPORT]",
            Required = true,
        };
        var command = new Command("init", "Make a cluster's authority and one bundle for each node")
        {
            data, name, nodes,
        };
        command.SetAction(parsed => Init(
            parsed, parsed.GetRequiredValue(data), parsed.GetValue(name) ?? "", parsed.GetRequiredValue(nodes)));
        return command.WithExamples(
            "parley cluster init --data chat --node 1=10.0.0.1:7401 --node 2=10.0.0.2:7401 --node 3=10.0.0.3:7401");
    }

    private static int Init(ParseResult parsed, string directory, string name, IReadOnlyList<string> nodes)
    {
        var members = ClusterMembers.Parse(nodes);
        RefuseWhatIsThere(directory, members);
        var path = Path.Combine(directory, AuthorityFile.FileName);
        var file = ClusterFiles.Create(directory, name, members, TimeProvider.System.GetUtcNow());
        WritePaths(parsed, directory, file);
        var error = parsed.InvocationConfiguration.Error;
        error.WriteLine($"parley: keep {path} to yourself: whoever has it can make nodes of this cluster");
        error.WriteLine("parley: each machine gets its bundle, and runs: parley server --bundle node-N.parley");
        error.WriteLine("parley: users get this link: " + LinkOf(members, file.Authorities, name));
        return ExitCodes.Ok;
    }

    /// <summary>A bundle by itself, too, may be the only copy of a node's key.</summary>
    private static void RefuseWhatIsThere(string directory, IReadOnlyList<BundleMember> members)
    {
        var names = members.Select(member => NodeBundle.FileNameOf(member.Id)).Prepend(AuthorityFile.FileName);
        if (names.Select(name => Path.Combine(directory, name)).FirstOrDefault(File.Exists) is { } path)
        {
            throw new VerbFailedException(
                ExitCodes.Conflict,
                $"{path} is there already: 'parley cluster renew' makes new certificates; for another cluster, give "
                + "another --data");
        }
    }
}
