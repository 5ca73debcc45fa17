using System.Globalization;

namespace Parley.Verbs.Verify;

/// <summary>
/// C15: how soon all is well after the last fault was healed. A figure that is missed is told and does not fail a run,
/// for a loaded machine misses it by itself; what fails a run is that it does not come at all, within a minute.
/// </summary>
/// <param name="OutboxesEmpty">From healing until everything written was answered.</param>
/// <param name="Converged">From then until all nodes told one digest.</param>
internal sealed record HealingTimes(TimeSpan OutboxesEmpty, TimeSpan Converged)
{
    private static readonly TimeSpan OutboxesEmptyMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConvergedMax = TimeSpan.FromSeconds(10);

    public bool IsMissed => OutboxesEmpty > OutboxesEmptyMax || Converged > ConvergedMax;

    public IReadOnlyList<string> Lines =>
    [
        LineOf("outboxes empty", OutboxesEmpty, OutboxesEmptyMax),
        LineOf("one digest on all nodes", Converged, ConvergedMax),
    ];

    private static string LineOf(string what, TimeSpan took, TimeSpan max) => string.Create(
        CultureInfo.InvariantCulture,
        $"C15 {(took > max ? "MISSED" : "met")}: {what} after {took.TotalSeconds:0.0} s, "
            + $"at most {max.TotalSeconds:0} s");
}
