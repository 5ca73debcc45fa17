using System.Globalization;
using Parley.Client;
using Parley.Local;

namespace Parley.Verbs.Verify.Traces;

/// <summary>
/// What nodes, clients and the run itself did, with the time at which it was heard here: node clocks jump in a run.
/// Read for a gap that exceeds its figure, so that the report says what happened in it. Thread-safe.
/// </summary>
internal sealed class RunTrace : IDisposable
{
    private const int KeptMax = 20_000;

    /// <summary>Of one gap: the first lines and the last ones.</summary>
    private const int LinesMax = 40;
    private static readonly TimeSpan Before = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan After = TimeSpan.FromMilliseconds(100);
    private readonly Lock noting = new();
    private readonly Queue<(long At, string Line)> kept = new();
    private readonly MachineWatch machine = MachineWatch.Start();

    /// <summary>Notes what happens, now.</summary>
    public void Note(string line)
    {
        lock (noting)
        {
            kept.Enqueue((TimeProvider.System.GetTimestamp(), line));
            if (kept.Count > KeptMax)
            {
                kept.Dequeue();
            }
        }
    }

    /// <summary>Notes from now on what a node says.</summary>
    public void Follow(LocalNode node) => node.Heard = line => Note($"node {node.Id}: {Shorten(line)}");

    /// <summary>Notes from now on how a client is connected.</summary>
    public void Follow(string account, ParleyClient client) => client.ConnectionChanged += change => Note(change switch
    {
        ConnectionEvent.Connected to => $"{account} works through node {to.Node}",
        ConnectionEvent.NodeGone from => $"{account} has lost node {from.Node}",
        ConnectionEvent.NoMajority seen => $"{account} reaches {seen.Reachable} of {seen.Voters}",
        _ => $"{account}: {change}",
    });

    /// <summary>What happened from shortly before a gap until shortly after it, a line each, in seconds after the
    /// origin; the machine first.</summary>
    /// <param name="origin">A timestamp: of the strike, or of the healing.</param>
    /// <param name="gap">When nobody was answered.</param>
    public IReadOnlyList<string> Describe(long origin, AnswerGap gap)
    {
        var frequency = TimeProvider.System.TimestampFrequency;
        var from = Math.Min(origin, gap.From) - (long)(Before.TotalSeconds * frequency);
        var to = gap.To + (long)(After.TotalSeconds * frequency);
        List<string> lines;
        lock (noting)
        {
            lines =
            [
                .. kept.Where(line => line.At >= from && line.At <= to)
                    .Select(line => $"{SecondsFrom(origin, line.At)} s  {line.Line}"),
            ];
        }

        if (lines.Count > LinesMax)
        {
            var left = lines.Count - LinesMax;
            lines = [.. lines.Take(LinesMax / 2), $"({left} lines left out)", .. lines.TakeLast(LinesMax / 2)];
        }

        return
        [
            $"{gap.Client} had no answer from {SecondsFrom(origin, gap.From)} s to {SecondsFrom(origin, gap.To)} s",
            $"the machine meanwhile: {machine.Describe(gap.From, gap.To)}",
            .. lines,
        ];
    }

    public void Dispose() => machine.Dispose();

    /// <summary>A line of a node's log without time, level and namespace, if it has them.</summary>
    internal static string Shorten(string line)
    {
        var category = line.IndexOf("Parley.", StringComparison.Ordinal);
        var number = line.IndexOf('[', StringComparison.Ordinal);
        return category < 0 || number < category ? line : line[(line.LastIndexOf('.', number) + 1)..];
    }

    private static string SecondsFrom(long origin, long at) => (at < origin
        ? -TimeProvider.System.GetElapsedTime(at, origin).TotalSeconds
        : TimeProvider.System.GetElapsedTime(origin, at).TotalSeconds)
        .ToString("0.000", CultureInfo.InvariantCulture);
}
