namespace Parley.Simulation.Checks;

/// <summary>What happened in a run: always as a hash (equal seeds have equal hashes), on demand as text.</summary>
internal sealed class Trace(TextWriter? text)
{
    private ulong hash = 0xCBF29CE484222325;

    /// <summary>Whether <see cref="Write"/> is worth its string.</summary>
    public bool IsVerbose => text is not null;

    public ulong Hash => hash;

    public void Mix(ulong value) => hash = (hash ^ value) * 0x100000001B3 ^ (hash >> 29);

    public void Mix(TraceKind kind, long nowUs, int node, long detail)
    {
        Mix(((ulong)kind << 56) ^ ((ulong)node << 48) ^ (ulong)nowUs);
        Mix((ulong)detail);
    }

    public void Write(long nowUs, string line) => text?.WriteLine($"{nowUs / 1e6,12:F6} {line}");
}

/// <summary>Kinds of events in a <see cref="Trace"/>.</summary>
internal enum TraceKind
{
    None = 0,
    Received = 1,
    Synced = 2,
    Applied = 3,
    Crashed = 4,
    Started = 5,
    Leads = 6,
    Answered = 7,
    Delivered = 8,
    Fault = 9,
    Committed = 10,
}
