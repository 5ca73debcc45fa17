using System.Globalization;
using Parley.Local;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>
/// Wall clocks of a minority jump by an hour or a day, ahead or back, and jump back at the end. Nothing may come of it:
/// no election, no other order, no session or message that expires. That the nodes see the jump is checked.
/// </summary>
internal sealed class ClockFault(LocalCluster cluster, FakeClocks clocks, AnswerBook answers) : IFault
{
    /// <summary>A loaded machine elects now and then without any fault; a clock that makes elections does it each time.
    /// </summary>
    private const int TriesMax = 3;

    private static readonly TimeSpan[] Jumps =
        [TimeSpan.FromHours(1), TimeSpan.FromHours(-1), TimeSpan.FromDays(1), TimeSpan.FromDays(-1)];

    private static readonly TimeSpan SeenMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    /// <summary>Some election time-outs.</summary>
    private static readonly TimeSpan WatchTime = TimeSpan.FromSeconds(1.5);

    public string Describe(FaultPlan plan)
    {
        var jump = JumpOf(plan);
        var how = jump < TimeSpan.Zero ? "back" : "ahead";
        return string.Create(CultureInfo.InvariantCulture, $"clock {Math.Abs(jump.TotalHours)} h {how}");
    }

    public async Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var before = await cluster.TermAsync(cancellationToken);
            await answers.AtAnswerAsync(plan.AtAnswer, () => Set(victims, JumpOf(plan)), cancellationToken);
            await SeenAsync(victims, JumpOf(plan), cancellationToken);
            using (var watch = new PeriodicTimer(WatchTime))
            {
                await watch.WaitForNextTickAsync(cancellationToken);
            }

            var after = await cluster.TermAsync(cancellationToken);
            if (after == before)
            {
                return;
            }

            if (tries == TriesMax)
            {
                throw new FaultFailedException(
                    $"no election by a jump of clocks was expected; each of {TriesMax} jumps made one (term {after})");
            }

            await HealAsync(victims, cancellationToken);
        }
    }

    public Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        Set(victims, TimeSpan.Zero);
        return SeenAsync(victims, TimeSpan.Zero, cancellationToken);
    }

    private static TimeSpan JumpOf(FaultPlan plan) => Jumps[plan.Shape % Jumps.Length];

    private void Set(IReadOnlyList<int> victims, TimeSpan offset)
    {
        foreach (var id in victims)
        {
            clocks.Set(id, offset);
        }
    }

    private Task SeenAsync(IReadOnlyList<int> victims, TimeSpan offset, CancellationToken cancellationToken) =>
        Task.WhenAll(victims.Select(id => Until.TrueAsync(
            async token => await cluster.ClockOfAsync(id, token) is { } told
                && (told - TimeProvider.System.GetUtcNow() - offset).Duration() < Tolerance,
            SeenMax,
            () => $"node {id} did not see its clock {offset} off",
            cancellationToken)));
}
