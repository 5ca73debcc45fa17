using Parley.Local;
using Parley.Verbs.Verify.Faults;
using Parley.Verbs.Verify.People;
using Parley.Verbs.Verify.Traces;

namespace Parley.Verbs.Verify;

/// <summary>Does one fault after the other to a cluster in use, heals each, and measures what its users notice.
/// </summary>
internal sealed class FaultRound(
    LocalCluster cluster,
    AnswerBook answers,
    IReadOnlyDictionary<FaultKind, IFault> faults,
    RunTrace trace,
    Action<string> tell)
{
    private const int AnswersAfter = 30;
    private static readonly TimeSpan ServingMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SettleMax = TimeSpan.FromMilliseconds(1_500);
    private readonly IReadOnlyList<int> all = [.. cluster.Nodes.Select(node => node.Id)];

    public FaultNotes Notes { get; } = new();

    /// <summary>What should not have happened, one sentence each.</summary>
    public List<string> Broken { get; } = [];

    /// <summary>Ends when the cluster serves again and users have had answers.</summary>
    /// <exception cref="TimeoutException">It does not.</exception>
    public async Task RunAsync(FaultPlan plan, CancellationToken cancellationToken)
    {
        var fault = faults[plan.Kind];
        var leader = await cluster.LeaderAsync(cancellationToken);
        var victims = plan.Pick(leader, cluster.Size);
        var isBearable = !plan.LosesMajority(cluster.Size);
        var title = TitleOf(plan, victims.Contains(leader));
        var how = fault.Describe(plan);
        var name = $"{title}: {how}";
        var term = await cluster.TermAsync(cancellationToken);
        var begin = TimeProvider.System.GetTimestamp();
        trace.Note($"the run: {name}");
        await fault.InflictAsync(plan, victims, cancellationToken);
        if (isBearable)
        {
            await PassAsync(plan.Hold, cancellationToken);
        }
        else
        {
            await NothingAcceptedAsync(name, plan.Hold, cancellationToken);
        }

        var healed = TimeProvider.System.GetTimestamp();
        var before = answers.Count;
        trace.Note("the run: healing");
        await fault.HealAsync(victims, cancellationToken);
        trace.Note("the run: healed");
        var first = FirstAnswerAsync(before, cancellationToken);
        await cluster.WaitUntilServingAsync(all, ServingMax, cancellationToken);
        await AnswersAsync(answers.Count + AnswersAfter, cancellationToken);
        var recovery = await first;
        var (origin, gap) = isBearable
            ? (begin, answers.LongestGap(begin, TimeProvider.System.GetTimestamp()))
            : (healed, new AnswerGap("everybody", healed, recovery));
        var note = new FaultNote
        {
            Kind = plan.Kind,
            Name = name,
            Title = title,
            How = how,
            Victims = victims.Count,
            HitLeader = victims.Contains(leader),
            Terms = await cluster.TermAsync(cancellationToken) - term,
            IsBearable = isBearable,
            Gap = gap.Length,
        };
        Notes.Add(GapFigure.Of(note)?.IsExceededBy(note) is true
            ? note with { Trace = trace.Describe(origin, gap) }
            : note);
        var which = string.Join(", ", victims.Select(id => id == leader ? $"{id} (leads)" : $"{id}"));
        tell($"#{Notes.Count} {name}; node {which}: "
            + (isBearable
                ? $"longest gap {Seconds(gap.Length)} s"
                : $"first answer {Seconds(gap.Length)} s after healing"));
    }

    private static string TitleOf(FaultPlan plan, bool hasLeader)
    {
        var kind = plan.Kind.Word();
        var who = (hasLeader, plan.Victims) switch
        {
            (true, 1) => "leader",
            (true, 2) => "leader and follower",
            (false, 1) => "follower",
            (_, var count) => $"{count} nodes",
        };
        return $"{kind}, {who}";
    }

    private static string Seconds(TimeSpan time) =>
        time.TotalSeconds.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture);

    private static async Task PassAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(time);
        await pace.WaitForNextTickAsync(cancellationToken);
    }

    private async Task NothingAcceptedAsync(string name, TimeSpan hold, CancellationToken cancellationToken)
    {
        // A leader cut off from its majority needs an election time-out to know, and answers may be on their way.
        await PassAsync(SettleMax, cancellationToken);
        var before = answers.Count;
        await PassAsync(hold, cancellationToken);
        var accepted = answers.Count - before;
        if (accepted > 0)
        {
            Broken.Add($"{name}: {accepted} messages were accepted without a majority");
        }
    }

    private async Task<long> FirstAnswerAsync(long before, CancellationToken cancellationToken)
    {
        await AnswersAsync(before + 1, cancellationToken);
        return TimeProvider.System.GetTimestamp();
    }

    private Task AnswersAsync(long count, CancellationToken cancellationToken) => Until.TrueAsync(
        _ => Task.FromResult(answers.Count >= count),
        ServingMax,
        () => $"sends did not go on ({answers.Count} answers so far)",
        cancellationToken);
}
