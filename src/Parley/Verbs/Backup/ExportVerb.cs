using System.CommandLine;
using Parley.CommandLine;
using Parley.Server.Backup;

namespace Parley.Verbs.Backup;

/// <summary>The verb <c>export</c>: what people made, out of a backup, as JSON lines for other programs.</summary>
internal static class ExportVerb
{
    public static Command Build()
    {
        var from = new Option<string>("--from") { Description = "A backup", HelpName = "FILE", Required = true };
        var scratch = new Option<string?>("--scratch")
        {
            Description = "A folder with room for the state (the backup's own)",
            HelpName = "DIR",
        };
        var command = new Command(
            "export", "Print accounts, rooms, conversations and messages of a backup as JSON lines")
        {
            from, scratch,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(from);
            var backup = BackupText.Open(path, parsed.InvocationConfiguration.Error);
            var folder = parsed.GetValue(scratch) ?? ScratchFolder.Beside(path);
            var output = parsed.InvocationConfiguration.Output;
            foreach (var line in ExportJson.Read(backup, folder, cancellationToken))
            {
                output.Write(line + "\n");
            }

            output.Flush();
            return Task.FromResult(ExitCodes.Ok);
        });
        return command.WithExamples(
            "parley export --from chat.backup | gzip > chat.jsonl.gz",
            "parley export --from chat.backup | jq -r 'select(.type == \"message\") | .text'");
    }
}
