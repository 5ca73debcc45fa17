namespace Parley.Core;

/// <summary>Spans of log time.</summary>
internal static class Microseconds
{
    public static long Of(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
