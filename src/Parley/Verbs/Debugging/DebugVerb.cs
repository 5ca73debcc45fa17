using System.CommandLine;
using System.Globalization;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Debugging;

/// <summary>The verb <c>debug</c>: gathers what a bug report needs.</summary>
internal static class DebugVerb
{
    public static Command Build() => new("debug", "Gather what a bug report needs") { BuildBundle() };

    private static Command BuildBundle()
    {
        var file = new Argument<string>("FILE") { Description = "Where to (tar.gz); must not be there" };
        var data = new Option<string[]>("--data")
        {
            Description = "A node's data directory on this machine, again for another; the node may run",
            HelpName = "DIR",
        };
        var config = new Option<string?>("--config") { Description = "The node's settings file", HelpName = "FILE" };
        var bundle = new Option<string?>("--bundle")
        {
            Description = "The node's bundle (else as the settings say); its key stays out",
            HelpName = "FILE",
        };
        var admin = new Option<string?>("--admin")
        {
            Description = "The node's --admin-listen, for its metrics (else as the settings say); loopback only",
            HelpName = "URL",
        };
        var log = new Option<string[]>("--log")
        {
            Description = "A file of the node's log lines, or of its journal, again for another; the last 16 MiB",
            HelpName = "FILE",
        };
        var command = new Command(
            "bundle", "Write what a bug report needs into one file, without secrets and without messages")
        {
            file, data, config, bundle, admin, log,
        };
        var options = ClientOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var asked = new BugReportWishes
            {
                Folders = parsed.GetValue(data) ?? [],
                SettingsFile = parsed.GetValue(config),
                Bundle = parsed.GetValue(bundle),
                Admin = parsed.GetValue(admin) is { } address ? WatcherAnswers.Parse(address) : null,
                Logs = parsed.GetValue(log) ?? [],
            };
            var (settings, path) = (options.Read(parsed), parsed.GetRequiredValue(file));
            BugReportArchive.RequireFree(path);
            var now = TimeProvider.System.GetUtcNow();
            var report = await new BugReportMaker(asked, settings, now).MakeAsync(cancellationToken);
            Tell(settings, path, report, BugReportArchive.Write(path, report.Files, now));
            return ExitCodes.Ok;
        });
        return command.WithExamples(
            "journalctl -u parley --since -1d > parley.log; parley debug bundle report.tar.gz \\",
            "    --config /etc/parley/server.json --log parley.log",
            "parley debug bundle report.tar.gz --data /var/lib/parley --nodes 127.0.0.1:7401");
    }

    private static void Tell(ClientSettings settings, string path, BugReport report, long bytes)
    {
        foreach (var missing in report.Missing)
        {
            settings.Say($"not in it: {missing}");
        }

        settings.WriteResult(
            () => JsonLines.Write(json =>
            {
                json.WriteString("file", path);
                json.WriteNumber("bytes", bytes);
                json.WriteNumber("files", report.Files.Count);
                json.WriteNumber("missing", report.Missing.Count);
            }),
            () => string.Create(
                CultureInfo.InvariantCulture,
                $"{path}: {report.Files.Count} files, {bytes} bytes; {report.Missing.Count} could not be had"));
        settings.Rows.End();
        settings.Say($"look through {Sanitizer.Line(path)} before you give it away: it names machines and folders, and "
            + "has the log lines that you gave");
    }
}
