using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Parley.Fuzz;

/// <summary>Where instrumented assemblies count the branches they take: they must have a place before any of their code
/// runs. One thread.</summary>
internal static unsafe class EdgeMap
{
    private const int Bytes = 1 << 16;

    private static readonly byte* Counts = (byte*)NativeMemory.AllocZeroed(Bytes);

    /// <summary>From now on they count here, until afl-fuzz gives another place.</summary>
    public static void Use() => Trace.SharedMem = Counts;

    /// <summary>Whether an action takes branches that are not among the known ones; then they are.</summary>
    public static bool TakesNew(Action action, HashSet<int> known)
    {
        var counts = new Span<byte>(Counts, Bytes);
        counts.Clear();
        Trace.PrevLocation = 0;
        action();
        var before = known.Count;
        for (var edge = 0; edge < Bytes; edge++)
        {
            if (counts[edge] != 0)
            {
                known.Add(edge);
            }
        }

        return known.Count > before;
    }
}
