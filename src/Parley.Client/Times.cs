namespace Parley.Client;

/// <summary>The wire's times.</summary>
internal static class Times
{
    public static DateTimeOffset OfMicroseconds(long sinceEpochUs) =>
        DateTimeOffset.UnixEpoch.AddTicks(sinceEpochUs * TimeSpan.TicksPerMicrosecond);
}
