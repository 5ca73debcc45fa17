using System.CommandLine;
using Parley.CommandLine;
using Parley.Server.Backup;

namespace Parley.Verbs.Backup;

/// <summary>The verb <c>backup restore</c>: begins a new cluster with what a backup holds.</summary>
internal static class RestoreVerb
{
    public static Command Build()
    {
        var file = BackupVerb.FileArgument("A backup");
        var data = new Option<string>("--data")
        {
            Description = "The first node's data directory: empty, or not there yet",
            HelpName = "DIR",
            Required = true,
        };
        var self = new FirstNode();
        var command = new Command("restore", "Begin a new cluster, of one node at first, with what a backup holds")
        {
            file, data,
        };
        self.AddTo(command, isNeeded: _ => true);
        var form = OutputOption.Build();
        command.Add(form);
        command.SetAction((parsed, cancellationToken) =>
        {
            var directory = parsed.GetRequiredValue(data);
            var member = self.Read(parsed);
            var error = parsed.InvocationConfiguration.Error;
            var backup = BackupText.Open(parsed.GetRequiredValue(file), error);
            var founded = Refusals.Run(() => BackupRestore.Run(backup, directory, member, cancellationToken));
            FoundedText.Write(
                new RowWriter(OutputOption.Read(parsed, form), parsed.InvocationConfiguration.Output), error, founded,
                directory);
            return Task.FromResult(ExitCodes.Ok);
        });
        return command.WithExamples(
            "parley backup restore chat.backup --data /var/lib/parley --bundle node-1.parley",
            "parley backup restore chat.backup --data /var/lib/parley/1 --member 1=127.0.0.1:7501");
    }
}
