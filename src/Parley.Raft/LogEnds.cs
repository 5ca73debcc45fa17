namespace Parley.Raft;

/// <summary>Where a leader's log ended at each of its last so many ticks: what it should have applied by now.</summary>
internal sealed class LogEnds(int ticks)
{
    private readonly LogIndex[] ends = new LogIndex[ticks];
    private int next;

    /// <summary>The end that many ticks ago; <see cref="LogIndex.None"/> until it has led for so long.</summary>
    public LogIndex Due { get; private set; }

    /// <summary>A term begins: what was in the log before is as old as the term.</summary>
    public void Begin()
    {
        Array.Clear(ends);
        Due = LogIndex.None;
    }

    /// <summary>One tick has passed, and the log ends here.</summary>
    public void Tick(LogIndex end)
    {
        Due = ends[next];
        ends[next] = end;
        next = (next + 1) % ends.Length;
    }
}
