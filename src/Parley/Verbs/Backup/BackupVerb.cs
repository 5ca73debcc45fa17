using System.CommandLine;
using System.Globalization;
using Parley.CommandLine;
using Parley.Server.Backup;

namespace Parley.Verbs.Backup;

/// <summary>The verb <c>backup</c>: makes, looks at and checks backups.</summary>
internal static class BackupVerb
{
    private static readonly TimeSpan CatchUpMax = TimeSpan.FromSeconds(60);

    public static Command Build() => new Command("backup", "Make a backup, look at it, begin again from it")
    {
        BuildCreate(),
        BuildInspect(),
        BuildVerify(),
        RestoreVerb.Build(),
    }.WithExamples(
        "parley backup create chat.backup --data /var/lib/parley",
        "parley backup verify chat.backup",
        "parley backup restore chat.backup --data /var/lib/parley-new --bundle node-1.parley");

    public static Argument<string> FileArgument(string description) => new("FILE") { Description = description };

    private static Command BuildCreate()
    {
        var file = FileArgument("Where to; must not be there");
        var data = new Option<string>("--data")
        {
            Description = "The data directory of a node on this machine; the node may run",
            HelpName = "DIR",
            Required = true,
        };
        var asItIs = new Option<bool>("--as-it-is")
        {
            Description = "Take what the node has, without asking the cluster whether that is all",
        };
        var command = new Command("create", "Write all that was stored up to now into one file, on a node's machine")
        {
            file, data, asItIs,
        };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CreateAsync(
            options.Read(parsed), parsed.GetRequiredValue(file), parsed.GetRequiredValue(data),
            parsed.GetValue(asItIs), cancellationToken));
        return command.WithExamples(
            "parley backup create chat.backup --data /var/lib/parley",
            "parley backup create chat.backup --data /var/lib/parley --as-it-is     # the node is stopped");
    }

    private static Command BuildInspect()
    {
        var file = FileArgument("A backup");
        var command = new Command("inspect", "Print what a backup says of itself") { file };
        var form = OutputOption.Build();
        command.Add(form);
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(file);
            var backup = BackupText.Open(path, parsed.InvocationConfiguration.Error);
            Print(RowsOf(parsed, form), path, backup.Manifest);
            return ExitCodes.Ok;
        });
        return command.WithExamples("parley backup inspect chat.backup", "parley backup inspect chat.backup -o json");
    }

    private static Command BuildVerify()
    {
        var file = FileArgument("A backup");
        var scratch = new Option<string?>("--scratch")
        {
            Description = "A folder with room for the state twice (the backup's own)",
            HelpName = "DIR",
        };
        var command = new Command("verify", "Restore a backup into a scratch folder, compare, and remove that again")
        {
            file, scratch,
        };
        var form = OutputOption.Build();
        command.Add(form);
        command.SetAction((parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            var backup = BackupText.Open(path, parsed.InvocationConfiguration.Error);
            var folder = parsed.GetValue(scratch) ?? ScratchFolder.Beside(path);
            _ = Refusals.Run(() => BackupRestore.Rehearse(backup, folder, cancellationToken));
            Print(RowsOf(parsed, form), path, backup.Manifest);
            parsed.InvocationConfiguration.Error.WriteLine(
                "parley: it is whole: restored, its rows counted again, and removed");
            return Task.FromResult(ExitCodes.Ok);
        });
        return command.WithExamples(
            "parley backup verify chat.backup", "parley backup verify chat.backup --scratch /mnt/large");
    }

    private static RowWriter RowsOf(ParseResult parsed, Option<string> form) =>
        new(OutputOption.Read(parsed, form), parsed.InvocationConfiguration.Output);

    private static void Print(RowWriter rows, string path, BackupManifest manifest)
    {
        rows.Write(() => BackupText.Json(path, manifest), () => BackupText.Lines(manifest));
        rows.End();
    }

    private static async Task<int> CreateAsync(
        ClientSettings settings, string path, string data, bool asItIs, CancellationToken cancellationToken)
    {
        var maker = new BackupMaker(data, TimeProvider.System);
        var cluster = Refusals.Run(maker.ReadCluster);
        BackupMaker.RequireFree(path);
        if (!asItIs)
        {
            await using var client = settings.NewClient();
            var report = await client.MeetAsync(confirmed: true, cancellationToken);
            if (report.ClusterId != cluster)
            {
                throw new VerbFailedException(
                    ExitCodes.Conflict,
                    $"{report.Address} belongs to cluster {report.ClusterId}, {data} to {cluster}: give the "
                    + "nodes of that one (--nodes), or --as-it-is");
            }

            foreach (var warning in report.Warnings)
            {
                settings.Say(warning);
            }

            await maker.WaitForAppliedAsync(report.AppliedIndex, CatchUpMax, cancellationToken);
        }

        var manifest = Refusals.Run(() => maker.Write(path, isConfirmed: !asItIs, cancellationToken));
        Print(settings.Rows, path, manifest);
        settings.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{path} holds every message and all password hashes: keep it as you keep a node's disk"));
        return ExitCodes.Ok;
    }
}
