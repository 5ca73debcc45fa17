using Parley.Client;

namespace Parley.Verbs.Bench.Abuse;

/// <summary>Accounts that do nothing wrong, spread over the nodes: each sends ten messages a second, on time whether or
/// not earlier ones were answered. A latency counts from when the message was due.</summary>
internal sealed class PacedSends(ParleySession[] senders, string recipient)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly string Text = new('x', BenchOptions.TextBytes);

    /// <summary>Every send succeeds in the end, or this fails.</summary>
    public Task<LatencyHistogram> RunAsync(TimeSpan duration, CancellationToken cancellationToken) =>
        RunAsync(due => due >= duration, cancellationToken);

    /// <summary>As the other, until it is enough; asked before each send.</summary>
    public Task<LatencyHistogram> RunAsync(Func<bool> isEnough, CancellationToken cancellationToken) =>
        RunAsync(_ => isEnough(), cancellationToken);

    private async Task<LatencyHistogram> RunAsync(Func<TimeSpan, bool> isEnough, CancellationToken cancellationToken)
    {
        var histogram = new LatencyHistogram();
        await Task.WhenAll(senders.Select((sender, number) => RunAsync(
            sender, Pause * number / senders.Length, isEnough, histogram, cancellationToken)));
        return histogram;
    }

    private async Task RunAsync(
        ParleySession sender,
        TimeSpan first,
        Func<TimeSpan, bool> isEnough,
        LatencyHistogram histogram,
        CancellationToken cancellationToken)
    {
        var begin = TimeProvider.System.GetTimestamp();
        var underway = new List<Task>();
        for (var due = first; !isEnough(due); due += Pause)
        {
            var early = due - TimeProvider.System.GetElapsedTime(begin);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early, cancellationToken);
            }

            underway.Add(SendAsync(sender, begin, due, histogram));
        }

        await Task.WhenAll(underway);
    }

    private async Task SendAsync(ParleySession sender, long begin, TimeSpan due, LatencyHistogram histogram)
    {
        await sender.SendAsync(recipient, Text, CancellationToken.None);
        histogram.Record(TimeProvider.System.GetElapsedTime(begin) - due);
    }
}
