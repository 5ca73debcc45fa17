using System.Globalization;
using Parley.Client;
using Parley.CommandLine;
using Parley.Local;
using Parley.Verbs.Verify.Faults;
using Parley.Verbs.Verify.People;
using Parley.Verbs.Verify.Traces;
using Parley.Verify;

namespace Parley.Verbs.Verify;

/// <summary>
/// One run: a cluster of real processes, people who use it, faults drawn from a seed; first such that a majority always
/// stands, then such that none does; then everything is healed, every node is read, and the checkers judge.
/// </summary>
internal sealed class VerifyRun
{
    private const double AvailabilityShare = 0.7;
    private const int CalmAnswers = 100;
    private const int UnhurriedMinutes = 5;
    private const double PaceMsMin = 20;

    /// <summary>A pause between two lines is part of each gap: it stays well below the shortest figure.</summary>
    private const double PaceMsMax = 100;

    /// <summary>Of each who edits, on each node: what was changed last is searched.</summary>
    private const int SearchedMax = 12;
    private static readonly TimeSpan CalmMax = TimeSpan.FromSeconds(30);

    private readonly VerifyOptions options;
    private readonly VerifyFolder folder;
    private readonly LocalCluster cluster;
    private readonly Setting setting;
    private readonly FaultRound round;
    private readonly ChosenFaults chosen;
    private readonly List<string> broken = [];
    private HealingTimes? healing;
    private string changes = "";

    private VerifyRun(
        VerifyOptions options, VerifyFolder folder, AttackedCluster attacked, ChosenFaults chosen, RunTrace trace)
    {
        this.options = options;
        this.folder = folder;
        cluster = attacked.Nodes;
        this.chosen = chosen;
        setting = new()
        {
            Cluster = cluster,
            Histories = new(),
            Answers = new(),
            Trace = trace,
            Canary = $"canary-{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)}",
            Seed = options.Seed,
            Pace = TimeSpan.FromMilliseconds(Math.Clamp(
                PaceMsMin * options.Duration.TotalMinutes / UnhurriedMinutes, PaceMsMin, PaceMsMax)),
        };
        var faults = chosen.Kinds.ToDictionary(kind => kind, kind => attacked.FaultOf(kind, setting, folder.Tell));
        round = new(cluster, setting.Answers, faults, trace, folder.Tell);
        foreach (var node in cluster.Nodes)
        {
            trace.Follow(node);
        }
    }

    public static async Task<int> RunAsync(
        VerifyOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        using var kept = VerifyFolder.Open(options.Directory, output);
        kept.Tell($"seed {options.Seed}, {options.Size} servers, {options.Duration.TotalMinutes:0.##} minutes");
        var network = await ChosenNetwork.ChooseAsync(options.Network, kept.Tell);
        var faults = await ChosenFaults.ChooseAsync(options, network, cancellationToken);
        foreach (var line in faults.Describe())
        {
            kept.Tell(line);
        }

        kept.Tell("the servers' send rate is lifted, their password hashes are cheap, and one address may have "
            + $"{Setting.ConnectionsPerAddress} connections: none of these is attacked here");
        bool isWhole;
        using var trace = new RunTrace();
        await using (var attacked = await AttackedCluster.StartAsync(
            options, network.Kind, kept.Nodes, faults.Kinds, cancellationToken))
        {
            isWhole = await new VerifyRun(options, kept, attacked, faults, trace).PlayAsync(cancellationToken);
        }

        kept.End(isWhole);
        return isWhole ? ExitCodes.Ok : ExitCodes.Refused;
    }

    private async Task<bool> PlayAsync(CancellationToken cancellationToken)
    {
        await using var crowd = await Crowd.StartAsync(setting, cancellationToken);
        IReadOnlyList<Verdict> verdicts = [];
        try
        {
            await AttackAsync(crowd, cancellationToken);
            verdicts = await JudgeAsync(crowd, cancellationToken);
        }
        catch (Exception failure) when (failure is TimeoutException or FaultFailedException
            or VerbFailedException or SystemCommandException or ParleyException)
        {
            broken.Add(failure.Message);
        }

        broken.AddRange(crowd.Failures());
        broken.AddRange(round.Broken);
        return Report(verdicts);
    }

    private async Task AttackAsync(Crowd crowd, CancellationToken cancellationToken)
    {
        await Until.TrueAsync(
            _ => Task.FromResult(setting.Answers.Count >= CalmAnswers),
            CalmMax,
            () => "sends did not begin",
            cancellationToken);
        var schedule = new FaultSchedule(options.Seed, options.Size, chosen.Kinds);
        var begin = TimeProvider.System.GetTimestamp();
        var availability = (options.Size, schedule.HasUnbearable) switch
        {
            (1, _) => TimeSpan.Zero,
            (_, false) => options.Duration,
            _ => options.Duration * AvailabilityShare,
        };
        while (TimeProvider.System.GetElapsedTime(begin) < availability && !crowd.Failures().Any())
        {
            await round.RunAsync(schedule.DrawBearable(), cancellationToken);
        }

        while (TimeProvider.System.GetElapsedTime(begin) < options.Duration && !crowd.Failures().Any())
        {
            await round.RunAsync(schedule.DrawUnbearable(), cancellationToken);
        }
    }

    private async Task<IReadOnlyList<Verdict>> JudgeAsync(Crowd crowd, CancellationToken cancellationToken)
    {
        var healed = TimeProvider.System.GetTimestamp();
        await crowd.StopAsync(cancellationToken);
        var emptied = TimeProvider.System.GetElapsedTime(healed);
        await crowd.WaitUntilDeliveredAsync(cancellationToken);
        var delivered = TimeProvider.System.GetTimestamp();
        var digests = await FinalReads.ConvergedAsync(cluster, FinalReads.ConvergeMax, cancellationToken);
        healing = new(emptied, TimeProvider.System.GetElapsedTime(delivered));
        var reads = new List<FinalRead>();
        foreach (var (reader, peer) in crowd.Readers())
        {
            reads.AddRange(await FinalReads.OfAsync(cluster, reader.Session, peer, cancellationToken));
        }

        await SearchAsync(crowd, cancellationToken);
        var anybody = crowd.Readers().First().Reader.Session;
        var history = new History
        {
            Events = setting.Histories.Events,
            Reads = reads,
            Digests = digests,
            Accounts = await FinalReads.AccountsAsync(cluster, anybody, cancellationToken),
        };
        history.Save(folder.History);
        return VerifyJudge.Judge(history);
    }

    /// <summary>Nodes have come together: what was deleted is found on none.</summary>
    private async Task SearchAsync(Crowd crowd, CancellationToken cancellationToken)
    {
        var found = 0;
        foreach (var editor in crowd.Editors)
        {
            found += await FinalReads.SearchedAsync(
                cluster, editor.Client, [.. editor.Texts.TakeLast(SearchedMax)], cancellationToken);
        }

        changes = string.Create(
            CultureInfo.InvariantCulture,
            $"answered: {crowd.Editors.Sum(editor => editor.Edits)} edits, "
                + $"{crowd.Editors.Sum(editor => editor.Deletions)} deletions of messages, "
                + $"{crowd.Editors.Sum(editor => editor.Repeats)} of these asked for again; "
                + $"the nodes' own searches found {found} messages at the end");
    }

    private bool Report(IReadOnlyList<Verdict> verdicts)
    {
        string[] secrets = [setting.Canary, Setting.Password];
        broken.AddRange(LogCanaries.Find(cluster.Nodes.Select(node => node.StderrFile), secrets));
        broken.AddRange(verdicts.Where(verdict => verdict.Judged == 0)
            .Select(verdict => $"{verdict.Property.Number} {verdict.Property.Sentence}: nothing was there to judge"));
        var tally = new VerifyTally { Verdicts = verdicts };
        var isWhole = broken.Count == 0 && verdicts.Count > 0 && tally.IsClean;
        var report = new VerifyReport
        {
            Options = options,
            Kinds = chosen.Kinds,
            NotDone = chosen.NotDone,
            Notes = round.Notes.All,
            Verdicts = verdicts,
            Healing = healing?.Lines ?? [],
            Changes = changes,
            Broken = broken,
            Last = LastLine(isWhole, tally),
        };
        IEnumerable<string> lines =
        [
            .. report.Healing, report.Changes,
            .. verdicts.Select(verdict => verdict.ToString()), .. round.Notes.Table(),
            .. broken.Select(reason => $"BROKEN: {reason}"),
        ];
        foreach (var line in lines)
        {
            folder.Tell(line);
        }

        folder.Keep(report);
        folder.Last(report.Last);
        return isWhole;
    }

    private string LastLine(bool isWhole, VerifyTally tally)
    {
        var worst = round.Notes.Worst is { } note
            ? string.Create(CultureInfo.InvariantCulture, $"{note.Gap.TotalSeconds:0.00} s ({note.Name})")
            : "not measured (no fault left a majority)";
        return $"{(isWhole ? "PASS" : "FAIL")} seed={options.Seed} {round.Notes.Count} faults, "
            + $"{setting.Answers.Count} acknowledged: {tally}; worst gap {worst}"
            + (healing is { IsMissed: true } ? "; C15 missed" : "");
    }
}
