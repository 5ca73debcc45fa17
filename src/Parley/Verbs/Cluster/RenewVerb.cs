using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Server.Certificates;

namespace Parley.Verbs.Cluster;

/// <summary>The verb <c>cluster renew</c>: new certificates, by the same authority or by a new one.</summary>
internal static class RenewVerb
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static Command Build()
    {
        var data = ClusterVerb.DataOption("Where 'parley cluster init' wrote");
        var authority = new Option<bool>("--authority")
        {
            Description = "By a new authority, which the old one certifies; until --retire-old, both count",
        };
        var retire = new Option<bool>("--retire-old")
        {
            Description = "The old authority counts no more; asks every node first whether it has its new bundle",
        };
        var unasked = new Option<bool>("--without-asking")
        {
            Description = "With --retire-old: ask no node (those with an old bundle are cut off)",
        };
        var drop = new Option<int[]>("--drop")
        {
            Description = "Name a node that left no more, in bundles and links; or before 'bundle' makes it a new one",
            HelpName = "ID",
        };
        var command = new Command("renew", "Make new certificates for all nodes; none is stopped")
        {
            data, authority, retire, unasked, drop,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(authority) && result.GetValue(retire))
            {
                result.AddError("--authority or --retire-old expected, both found: between them nodes take up bundles");
            }

            if (result.GetValue(drop) is { Length: > 0 } && (result.GetValue(authority) || result.GetValue(retire)))
            {
                result.AddError("--drop expected by itself: give it first, and the other one after that");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var directory = parsed.GetRequiredValue(data);
            return parsed.GetValue(retire)
                ? RetireAsync(parsed, directory, parsed.GetValue(unasked), cancellationToken)
                : Task.FromResult(Renew(parsed, directory, parsed.GetValue(authority), parsed.GetValue(drop) ?? []));
        });
        return command.WithExamples(
            "parley cluster renew --data chat     # then put each bundle in the old one's place; nodes take it up",
            "parley cluster renew --data chat --authority       # the same with a new authority; and 30 days later:",
            "parley cluster renew --data chat --retire-old",
            "parley cluster renew --data chat --drop 5          # after 'parley cluster remove --id 5'");
    }

    private static int Renew(ParseResult parsed, string directory, bool withAuthority, int[] dropped)
    {
        var now = TimeProvider.System.GetUtcNow();
        var file = ClusterVerb.Load(() => withAuthority ? ClusterFiles.ReplaceAuthority(directory, now)
            : dropped.Length > 0 ? ClusterFiles.Drop(directory, dropped, now)
            : ClusterFiles.Renew(directory, now));
        ClusterVerb.WritePaths(parsed, directory, file);
        var error = parsed.InvocationConfiguration.Error;
        error.WriteLine("parley: put each bundle in the old one's place, in any order; nodes take it up by themselves");
        if (dropped.Length > 0)
        {
            error.WriteLine("parley: users get this link: "
                + ClusterVerb.LinkOf(file.Members, file.Authorities, file.Name));
        }

        if (file.Predecessor is not null)
        {
            error.WriteLine("parley: clients learn of the new authority as they connect; stored logins live 30 days at "
                + "most, so after that 'parley cluster renew --retire-old' cuts off nobody who was here");
            error.WriteLine("parley: new users get this link: "
                + ClusterVerb.LinkOf(file.Members, file.Authorities, file.Name));
        }

        return ExitCodes.Ok;
    }

    private static async Task<int> RetireAsync(
        ParseResult parsed, string directory, bool isUnasked, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, AuthorityFile.FileName);
        var before = ClusterVerb.Load(() => AuthorityFile.Load(path));
        var isNothingToRetire = before.Predecessor is null;
        var missing = isUnasked || isNothingToRetire ? [] : await FindMissingAsync(before, cancellationToken);
        if (missing.Count > 0)
        {
            throw new VerbFailedException(
                ExitCodes.Conflict,
                "certificates of the new authority expected on all nodes; nothing was changed.\nparley: "
                + string.Join("\nparley: ", missing)
                + "\nparley: put the new bundles in place first, or give --without-asking");
        }

        var file = ClusterVerb.Load(
            () => ClusterFiles.RetirePredecessor(directory, TimeProvider.System.GetUtcNow()));
        ClusterVerb.WritePaths(parsed, directory, file);
        var error = parsed.InvocationConfiguration.Error;
        error.WriteLine("parley: put each bundle in the old one's place, in any order; nodes take it up by themselves");
        error.WriteLine("parley: users get this link: "
            + ClusterVerb.LinkOf(file.Members, file.Authorities, file.Name));
        return ExitCodes.Ok;
    }

    /// <summary>Nodes that do not answer with a certificate of the new authority: a sentence each.</summary>
    private static async Task<IReadOnlyList<string>> FindMissingAsync(
        AuthorityFile file, CancellationToken cancellationToken)
    {
        await using var client = new ParleyClient(new ParleyClientOptions
        {
            Nodes = [.. file.Members.Select(member => member.Client)],
            CaFingerprint = ClusterAuthority.FingerprintsOf(file.Certificate),
            OnlyTheseNodes = true,
        });
        var asked = await Task.WhenAll(file.Members.Select(async member =>
        {
            var report = await client.FindReportAsync(member.Client, Patience, cancellationToken);
            return report is not null ? null
                : client.FindDistrust(member.Client) is null ? $"node {member.Id}: {member.Client} does not answer"
                : $"node {member.Id}: {member.Client} shows a certificate of another authority";
        }));
        return [.. asked.OfType<string>()];
    }
}
