using System.CommandLine;
using System.Globalization;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Cluster;

/// <summary>The verbs <c>cluster add</c>, <c>remove</c>, <c>replace</c> and <c>transfer-leader</c>. Each asks for one
/// step after the other until it is done, and may be stopped and given again; a node that was taken in becomes a voter
/// without it.</summary>
internal static class MemberVerbs
{
    private const int SurvivalAttempts = 10;

    /// <summary>Nothing is lost when leadership stays; a node that is taken in may need hours to catch up.</summary>
    private const int LeadAttempts = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    public static Command BuildAdd()
    {
        var address = new Argument<string>("NODE")
        {
            Description = "Its number, and where the other nodes reach it: ID=HOST:NODEPORT",
        };
        var command = new Command("add", "Take an empty node in; for administrators") { address };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var (id, where) = Parse(parsed.GetRequiredValue(address));
            return RunAsync(
                options.Read(parsed), id, where, [MemberStep.Add, MemberStep.Promote], "votes", cancellationToken);
        });
        return command.WithExamples("parley cluster add 6=10.0.0.6:7501 --as alice");
    }

    public static Command BuildReplace()
    {
        var id = IdOption();
        var address = new Option<string>("--at")
        {
            Description = "Where the other nodes reach it, if not where they reached its predecessor",
            HelpName = "HOST:NODEPORT",
            DefaultValueFactory = _ => "",
        };
        var command = new Command("replace", "Let an empty node take the place of a lost one; for administrators")
        {
            id, address,
        };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed), parsed.GetRequiredValue(id), parsed.GetValue(address) ?? "",
            [MemberStep.Replace, MemberStep.Promote], "votes", cancellationToken));
        return command.WithExamples("parley cluster replace --id 3 --as alice",
            "parley cluster replace --id 3 --at 10.0.0.9:7501 --as alice");
    }

    public static Command BuildRemove()
    {
        var id = IdOption();
        var command = new Command("remove", "Let a node leave for good, which stops it; for administrators") { id };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed), parsed.GetRequiredValue(id), "", [MemberStep.Remove], "has left", cancellationToken));
        return command.WithExamples("parley cluster remove --id 5 --as alice");
    }

    public static Command BuildTransferLeader()
    {
        var id = IdOption();
        var command = new Command("transfer-leader", "Let another node lead; for administrators") { id };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed), parsed.GetRequiredValue(id), "", [MemberStep.Lead], "leads", cancellationToken));
        return command.WithExamples("parley cluster transfer-leader --id 2 --as alice");
    }

    private static Option<int> IdOption() =>
        new("--id") { Description = "The node's number", HelpName = "ID", Required = true };

    private static (int Id, string Address) Parse(string text) =>
        text.Split('=', 2) is [var number, var address]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? (id, address)
            : throw new VerbFailedException(ExitCodes.Usage, $"node: ID=HOST:NODEPORT expected, '{text}' found");

    private static async Task<int> RunAsync(
        ClientSettings settings,
        int id,
        string address,
        IReadOnlyList<MemberStep> steps,
        string outcome,
        CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        foreach (var step in steps)
        {
            await UntilDoneAsync(settings, opened.Session, id, address, step, cancellationToken);
        }

        if (steps.Contains(MemberStep.Remove))
        {
            settings.Say(await SurvivalAsync(settings, id, cancellationToken));
            SayWhatIsLeft(settings, id);
        }

        settings.WriteResult(
            () => JsonLines.Write(json =>
            {
                json.WriteNumber("id", id);
                json.WriteString("outcome", outcome);
            }),
            () => string.Create(CultureInfo.InvariantCulture, $"node {id} {outcome}"));
        return ExitCodes.Ok;
    }

    /// <summary>A cluster with certificates has a list of addresses in a file, of which no node knows.</summary>
    private static void SayWhatIsLeft(ClientSettings settings, int gone)
    {
        if (settings.ClusterOf(VerbSession.FindStored(settings)).Ca is not null)
        {
            settings.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"bundles and links still name node {gone}: 'parley cluster renew --drop {gone}', where ca.parley is"));
        }
    }

    /// <summary>What the cluster that is left survives; asked until the node that answers has heard of it.</summary>
    private static async Task<string> SurvivalAsync(
        ClientSettings settings, int gone, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < SurvivalAttempts; attempt++)
        {
            if (await MembersVerb.AskAsync(settings, cancellationToken) is { } report
                && report.Members.All(member => member.Id != gone))
            {
                var failures = (report.Voters - 1) / 2;
                return string.Create(CultureInfo.InvariantCulture, $"voters left: {report.Voters}; ") + (failures == 0
                    ? "none of them may fail"
                    : string.Create(CultureInfo.InvariantCulture, $"of these {failures} may fail"));
            }

            await Task.Delay(Pause, cancellationToken);
        }

        return "what the cluster survives now is told by 'parley status'";
    }

    private static async Task UntilDoneAsync(
        ClientSettings settings,
        ParleySession session,
        int id,
        string address,
        MemberStep step,
        CancellationToken cancellationToken)
    {
        var told = "";
        for (var attempt = 1; ; attempt++)
        {
            var answer = await session.ChangeMemberAsync(id, step, address, cancellationToken);
            if (answer.IsDone)
            {
                return;
            }

            if (!answer.IsForLater || (step == MemberStep.Lead && attempt == LeadAttempts))
            {
                throw new VerbFailedException(ExitCodes.Refused, Sanitizer.Line(answer.Reason));
            }

            if (answer.Reason != told)
            {
                told = answer.Reason;
                settings.Say(Sanitizer.Line(told));
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }
}
