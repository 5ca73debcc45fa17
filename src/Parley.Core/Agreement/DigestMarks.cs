namespace Parley.Core.Agreement;

/// <summary>
/// After which entries every node notes the digest of its state, so that digests of one index can be compared. It
/// depends on the log alone, so no entry says it and programs of any version agree on it; a node that is idle notes the
/// last index as well, for no entry may come for long.
/// </summary>
internal static class DigestMarks
{
    /// <summary>For a log time that stands still, after a clock was a day ahead.</summary>
    public const long EntriesMax = 4_096;

    /// <summary>Log time between marks, microseconds; the first entry beyond it is one.</summary>
    public const long IntervalUs = 10_000_000;

    /// <param name="index">The entry's log index, from 1.</param>
    /// <param name="timeUs">The entry's log time.</param>
    /// <param name="previousTimeUs">Log time of the entry in front of it, 0 before the first.</param>
    public static bool IsAfter(long index, long timeUs, long previousTimeUs) =>
        index % EntriesMax == 0 || timeUs / IntervalUs != previousTimeUs / IntervalUs;
}
