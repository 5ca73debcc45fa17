using Parley.Client;
using Parley.Server.Inspection;
using Parley.Verbs.Doctor;
using Parley.Verbs.Messaging;
using Parley.Verbs.Server;

namespace Parley.Verbs.Debugging;

/// <summary>What an operator gave for a bug report.</summary>
internal sealed record BugReportWishes
{
    /// <summary>Data directories; empty: that of the settings.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    public required string? SettingsFile { get; init; }

    /// <summary>Null: that of the settings.</summary>
    public required string? Bundle { get; init; }

    /// <summary>A node's listener for watchers; null: that of the settings.</summary>
    public required Uri? Admin { get; init; }

    /// <summary>Files of log lines.</summary>
    public required IReadOnlyList<string> Logs { get; init; }
}

/// <summary>Gathers a bug report; what cannot be had is told in it, and keeps nothing else out.</summary>
internal sealed class BugReportMaker(BugReportWishes wishes, ClientSettings client, DateTimeOffset now)
{
    private const int LogHeadsMax = 50_000;

    private static readonly string[] WatcherPaths = ["/metrics", "/healthz", "/readyz"];

    private readonly BugReport report = new();
    private readonly List<string> errors = [];

    public async Task<BugReport> MakeAsync(CancellationToken cancellationToken)
    {
        var settings = ServerSettings.Merge([], ServerSettings.Variables(), wishes.SettingsFile, errors);
        var folders = ServerSettings.FoldersOf(settings, wishes.Folders);
        report.TryAdd("machine.txt", () => MachineFacts.Lines(now, folders));
        report.TryAdd("settings.txt", () => SettingFacts.Lines(settings, errors, ServerSettings.Variables()));
        AddBundle(wishes.Bundle ?? settings.GetValueOrDefault("bundle"));
        await AddClusterAsync(folders, cancellationToken);
        await AddMetricsAsync(settings.GetValueOrDefault("admin-listen"), cancellationToken);
        AddFolders(folders);
        AddLogs();
        report.AddFirst("README.txt", Contents());
        return report;
    }

    private void AddBundle(string? path)
    {
        if (path is null)
        {
            report.Miss("bundle.txt", "no --bundle was given, and the settings name none");
            return;
        }

        report.TryAdd("bundle.txt", () => NodeFacts.OfBundle(path));
    }

    /// <summary>All nodes' answers, and what doctor finds here and on the way to them.</summary>
    private async Task AddClusterAsync(IReadOnlyList<string> folders, CancellationToken cancellationToken)
    {
        await using var asking = client.NewClient();
        var picture = await StatusVerb.AskAllAsync(asking, client.NodesOrDefault, cancellationToken);
        report.TryAdd("cluster/status.txt", () => StatusText.Of(picture));
        report.TryAdd("cluster/status.json", () => [StatusJson.Of(picture)]);
        var answers = picture.Nodes.Select(node => node.Report).OfType<NodeReport>().ToList();
        report.TryAdd("cluster/answers.json", () => answers.Select(ReportJson.Of));
        foreach (var node in picture.Nodes.Where(node => node.Report is null))
        {
            report.Miss("cluster/answers.json", $"{node.Address ?? "a node of unknown address"} does not answer");
        }

        await report.TryAddAsync("doctor.txt", async () =>
        {
            var lines = new List<string>();
            var checks = new DoctorChecks(asking, [.. answers.Select(answer => answer.Address)]);
            await foreach (var finding in checks.RunAsync(wishes.SettingsFile, folders, cancellationToken))
            {
                lines.Add(finding.ToString());
            }

            return lines;
        });
    }

    private async Task AddMetricsAsync(string? configured, CancellationToken cancellationToken)
    {
        if ((wishes.Admin is null && configured is null))
        {
            report.Miss("metrics.txt", "no --admin was given, and the settings name no admin-listen");
            return;
        }

        foreach (var path in WatcherPaths)
        {
            await report.TryAddAsync($"{path[1..]}.txt", () => WatcherAnswers.AskAsync(
                wishes.Admin ?? WatcherAnswers.Parse(configured!), path, cancellationToken));
        }
    }

    private void AddFolders(IReadOnlyList<string> folders)
    {
        if (folders.Count == 0)
        {
            report.Miss("data", "no --data was given, and the settings name none");
        }

        foreach (var (index, folder) in folders.Index())
        {
            var name = FormattableString.Invariant($"data-{index + 1}");
            report.TryAdd($"{name}/stamp.txt", () => [folder, .. NodeFacts.OfDirectory(folder)]);
            report.TryAdd($"{name}/files.txt", () => NodeFacts.FilesOf(folder));
            report.TryAdd($"{name}/state.txt", () => NodeFacts.OfState(folder));
            AddLogOf(folder, name);
        }
    }

    private void AddLogOf(string folder, string name)
    {
        LogOutline? outline = null;
        report.TryAdd($"{name}/log-segments.txt", () =>
        {
            outline = LogOutline.Of(folder, LogHeadsMax);
            return outline.Segments;
        });
        if (outline is not null)
        {
            report.Add($"{name}/log-heads.txt", outline.Heads);
        }
    }

    private void AddLogs()
    {
        if (wishes.Logs.Count == 0)
        {
            report.Miss("logs", "no --log was given");
        }

        foreach (var (index, path) in wishes.Logs.Index())
        {
            var plain = Path.GetFileName(path).Select(each => char.IsAsciiLetterOrDigit(each) ? each : '-');
            report.TryAdd(
                FormattableString.Invariant($"logs/{index + 1}-{string.Concat(plain)}.txt"),
                () => LogTail.Of(path));
        }
    }

    /// <summary>What is in it, what is not, and what should have been.</summary>
    private IEnumerable<string> Contents() =>
    [
        "What parley debug bundle gathered for a bug report.",
        "",
        "In no file on purpose: message texts, names of rooms and accounts, passwords, tokens and their hashes, keys.",
        "Of environment variables there are the names, of commands in the log their kind and length.",
        "Log lines and sentences of nodes are as they were but for what looks like a token, a password or a key;",
        "a name of an account stands there where somebody wrote one. Machines, addresses and folders are named.",
        "",
        "Files:",
        .. report.Files.Select(file => FormattableString.Invariant($"  {file.Name}  {file.Content.Length} bytes")),
        "",
        report.Missing.Count == 0 ? "Nothing was missing." : "Could not be had:",
        .. report.Missing.Select(missing => $"  {missing}"),
    ];
}
