namespace Parley.Server.Consensus;

/// <summary>
/// How long this node waits before it makes the next snapshot for others. A copy costs its disk and theirs: where one
/// has just failed, or was not given back by the disk as it was written, the next may fare no better. Owned by the
/// loop.
/// </summary>
internal sealed class SnapshotPause(TimeProvider time)
{
    /// <summary>After one that could not be made, and after the second of damaged ones.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(30);

    /// <summary>The first damage is put right at once; each further one doubles the pause, up to this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(16);

    /// <summary>A disk that gave no trouble for so long begins anew; more than the longest pause and a copy's way to a
    /// receiver.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private long beganAt = time.GetTimestamp();
    private TimeSpan length;
    private long damagedAt;
    private int damagesInARow;

    public bool IsOver => Left <= TimeSpan.Zero;

    /// <summary>Made ones that were found damaged on this node's disk, since the process started.</summary>
    public int Damages { get; private set; }

    private TimeSpan Left => length - time.GetElapsedTime(beganAt);

    /// <summary>One could not be made.</summary>
    public void NotMade() => AtLeast(First);

    /// <summary>One that was made is damaged.</summary>
    public void Damaged()
    {
        var isInARow = damagesInARow > 0 && time.GetElapsedTime(damagedAt) < Memory;
        damagesInARow = isInARow ? damagesInARow + 1 : 1;
        damagedAt = time.GetTimestamp();
        Damages++;
        if (isInARow)
        {
            var doublings = Math.Min(damagesInARow - 2, 5);
            AtLeast(First * (1 << doublings) is var pause && pause < Longest ? pause : Longest);
        }
    }

    private void AtLeast(TimeSpan pause)
    {
        if (pause > Left)
        {
            (beganAt, length) = (time.GetTimestamp(), pause);
        }
    }
}
