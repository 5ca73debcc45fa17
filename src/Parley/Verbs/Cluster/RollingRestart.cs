using System.Diagnostics;
using System.Globalization;
using Parley.Client;
using Parley.CommandLine;
using Parley.Server.Hosting;
using Parley.Terminal;

namespace Parley.Verbs.Cluster;

/// <summary>
/// One node after the other: leadership is handed on, the process ends, and only when another one serves, and has what
/// was committed, comes the next. Never are two away; whatever is not as it should be ends the whole, with a sentence.
/// </summary>
internal sealed class RollingRestart(ClientSettings settings, VerbSession opened, RestartWish wish)
{
    private const int AttemptsMax = 20;

    /// <summary>Of a node whose program knows no such call.</summary>
    private const string Unknown = "UNIMPLEMENTED";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan ToldAgainAfter = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly List<int> done = [];
    private IReadOnlyList<string> addresses = [];
    private string cluster = "";

    /// <exception cref="VerbFailedException">It did not begin, or a node did not come back.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Of the session's cluster: the newest login may be one of another.
        var report = await opened.Client.MeetAsync(cancellationToken);
        cluster = report.ClusterId;
        addresses =
        [
            .. report.Members.Select(member => member.ClientAddress)
                .Where(address => HostPort.TryParse(address, out _)), // Unknown ones are empty.
        ];
        var moment = await LookAsync(cancellationToken);
        if (moment.FindObstacle(wish.Only) is { } obstacle)
        {
            throw new VerbFailedException(ExitCodes.Refused, $"{obstacle}: nothing was done; see 'parley status'");
        }

        List<int> ahead = wish.Only is { } only ? [only] : [.. moment.Leader!.Members.Select(member => member.Id)];
        while (ahead.Count > 0)
        {
            var id = ahead.Find(node => node != moment.Leader!.Id) is > 0 and var follower ? follower : ahead[0];
            moment = await RestartAsync(moment, id, cancellationToken);
            ahead.Remove(id);
            done.Add(id);
        }
    }

    /// <summary>Returns what was seen when it was back.</summary>
    private async Task<RestartMoment> RestartAsync(RestartMoment moment, int id, CancellationToken cancellationToken)
    {
        var before = moment.Find(id)!;
        if (moment.Leader!.Id == id)
        {
            await HandLeadershipOnAsync(moment.Leader, cancellationToken);
        }

        settings.Say(Say($"restarting node {id}"));
        var began = TimeProvider.System.GetTimestamp();
        await (wish.Command is { } command
            ? RunCommandAsync(command, id, before.Address, cancellationToken)
            : TellAsync(id, cancellationToken));
        var after = await UntilBackAsync(before, cancellationToken);
        var version = after.Find(id)!.Version;
        var away = TimeProvider.System.GetElapsedTime(began);
        settings.WriteResult(
            () => JsonLines.Write(json =>
            {
                json.WriteNumber("id", id);
                json.WriteString("version_before", before.Version);
                json.WriteString("version", version);
                json.WriteNumber("seconds", Math.Round(away.TotalSeconds, 1));
            }),
            () => Say($"node {id} is back after {away.TotalSeconds:0.0} s, version {version}"));
        return after;
    }

    /// <summary>To one that was restarted already, where there is one: nobody else has to lead twice. A node that leads
    /// hands over by itself as it stops, so nothing depends on this.</summary>
    private async Task HandLeadershipOnAsync(NodeReport leader, CancellationToken cancellationToken)
    {
        var heir = leader.Members.Where(member => !member.IsLearner && member.Id != leader.Id)
            .MaxBy(member => done.Contains(member.Id));
        if (heir is null)
        {
            return;
        }

        try
        {
            var fault = await StepAsync(heir.Id, MemberStep.Lead, cancellationToken);
            settings.Say(fault is null
                ? Say($"node {heir.Id} leads")
                : Sanitizer.Line(Say($"node {leader.Id} still leads, and hands over as it stops: {fault}")));
        }
        catch (ParleyException failure)
        {
            settings.Say(Sanitizer.Line(
                Say($"node {leader.Id} may still lead, and hands over as it stops: {failure.Message}")));
        }
    }

    private async Task TellAsync(int id, CancellationToken cancellationToken)
    {
        if (await StepAsync(id, MemberStep.Restart, cancellationToken) is { } fault)
        {
            throw new VerbFailedException(
                ExitCodes.Refused,
                Sanitizer.Line(Say($"node {id} was not stopped: {fault} (--run restarts it by a command)")));
        }
    }

    /// <summary>Why it is not done; null: it is.</summary>
    private async Task<string?> StepAsync(int id, MemberStep step, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            MemberStepAnswer answer;
            try
            {
                answer = await opened.Session.ChangeMemberAsync(id, step, "", cancellationToken);
            }
            catch (RefusedException older) when (string.Equals(older.Reason, Unknown, StringComparison.Ordinal))
            {
                return "the node that was asked runs an older program, which cannot do that";
            }

            if (answer.IsDone)
            {
                return null;
            }

            if (!answer.IsForLater || attempt == AttemptsMax)
            {
                return answer.Reason;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>What it prints goes to standard error: it is not this verb's data. It reads nothing, and is told none
    /// of the operator's secrets.</summary>
    private static async Task RunCommandAsync(
        string command, int id, string address, CancellationToken cancellationToken)
    {
        // A host is an argument to the command: none that looks like an option is passed on.
        if (!HostPort.TryParse(address, out var place) || place.Host.StartsWith('-'))
        {
            throw new VerbFailedException(
                ExitCodes.Refused, Sanitizer.Line(Say($"node {id}: HOST:PORT expected, '{address}' found")));
        }

        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec 1>&2; {command}"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            Environment =
            {
                ["PARLEY_NODE_ID"] = id.ToString(CultureInfo.InvariantCulture),
                ["PARLEY_NODE_HOST"] = place.Host,
                ["PARLEY_PASSWORD"] = null,
                ["PARLEY_NEW_PASSWORD"] = null,
                ["PARLEY_TOKEN"] = null,
            },
        })!;
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new VerbFailedException(
                ExitCodes.Refused,
                Say($"the command for node {id} ended with exit code {process.ExitCode}: look at that node; no ")
                    + "further one is touched");
        }
    }

    /// <summary>Another process serves, has applied what was committed when it was first seen, and the others are as
    /// before.</summary>
    private async Task<RestartMoment> UntilBackAsync(NodeReport before, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        var toldAt = began;
        long? goal = null;
        while (true)
        {
            var moment = await LookAsync(cancellationToken);
            var now = moment.Find(before.Id);
            if (now is not null && !RestartMoment.IsAnotherProcess(before, now) && wish.Command is null
                && TimeProvider.System.GetElapsedTime(toldAt) > ToldAgainAfter)
            {
                // A leader that was asked for the same a moment before takes it for done.
                await TellAsync(before.Id, cancellationToken);
                toldAt = TimeProvider.System.GetTimestamp();
            }

            var isAnother = now is not null && RestartMoment.IsAnotherProcess(before, now);
            var obstacle = now is null ? Say($"node {before.Id} does not answer")
                : !isAnother ? Say($"node {before.Id} runs on")
                : moment.FindObstacle(wish.Only);
            if (obstacle is null && now!.AppliedIndex >= goal)
            {
                return moment;
            }

            goal ??= isAnother ? moment.Leader?.CommitIndex : null;
            if (TimeProvider.System.GetElapsedTime(began) > wish.WaitMax)
            {
                throw new VerbFailedException(
                    ExitCodes.Degraded,
                    Say($"after {wish.WaitMax.TotalSeconds:0} s {obstacle ?? Say($"node {before.Id} is behind")}: ")
                        + "look at it and start it; no further one was stopped");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private async Task<RestartMoment> LookAsync(CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(
            addresses.Select(address => opened.Client.FindReportAsync(address, Patience, cancellationToken)));
        return new RestartMoment(
            [.. answers.OfType<NodeReport>().Where(report => report.ClusterId == cluster)]);
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
