namespace Parley.Client;

/// <summary>The wire's times. A node may tell any number: what no calendar has, or nobody would wait for, becomes the
/// nearest that is one.</summary>
internal static class Times
{
    // A day from the calendar's end: shown in any zone, it is still on it.
    private static readonly long UsMax =
        UsOf(DateTimeOffset.MaxValue - TimeSpan.FromDays(1) - DateTimeOffset.UnixEpoch);

    private static readonly long SpanUsMax = UsOf(TimeSpan.MaxValue);

    public static DateTimeOffset OfMicroseconds(long sinceEpochUs) =>
        DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(sinceEpochUs, 0, UsMax) * TimeSpan.TicksPerMicrosecond);

    /// <summary>A moment that the wire has as 0 where it never came.</summary>
    public static DateTimeOffset? FindMoment(long sinceEpochUs) =>
        sinceEpochUs == 0 ? null : OfMicroseconds(sinceEpochUs);

    /// <summary>A length of time.</summary>
    public static TimeSpan SpanOfMicroseconds(long us) =>
        TimeSpan.FromMicroseconds(Math.Clamp(us, -SpanUsMax, SpanUsMax));

    /// <inheritdoc cref="SpanOfMicroseconds"/>
    public static TimeSpan SpanOfSeconds(long seconds) =>
        TimeSpan.FromSeconds(Math.Clamp(seconds, 0, TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond));

    /// <summary>How long to wait before asking again: at most <see cref="Limits.ToldWaitMax"/>.</summary>
    public static TimeSpan WaitOfMilliseconds(double ms) =>
        TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, Limits.ToldWaitMax.TotalMilliseconds));

    private static long UsOf(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
