namespace Parley.Server.Hosting;

/// <summary>Says when something that strangers can cause as often as they like may be logged again: that fills no
/// disk. Any thread.</summary>
internal sealed class Occasionally(TimeProvider time, TimeSpan every)
{
    private long last;

    /// <summary>True for one caller, at most once in this time.</summary>
    public bool IsDue()
    {
        var now = time.GetTimestamp();
        var before = Interlocked.Read(ref last);
        return (before == 0 || time.GetElapsedTime(before, now) >= every)
            && Interlocked.CompareExchange(ref last, now, before) == before;
    }
}
