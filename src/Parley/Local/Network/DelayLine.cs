namespace Parley.Local.Network;

/// <summary>Packets that are late, in the order in which they are due; of those due together, the first to come goes
/// first. Bounded: what finds no room is lost, as in any router. Not thread-safe.</summary>
internal sealed class DelayLine(int packetsMax)
{
    private readonly PriorityQueue<LatePacket, (long DueAt, long Number)> waiting = new();
    private long number;

    public int Count => waiting.Count;

    /// <summary>When the next is due; null: none waits.</summary>
    public long? NextDueAt => waiting.TryPeek(out _, out var place) ? place.DueAt : null;

    /// <summary>Keeps a copy; false: there was no room.</summary>
    public bool TryAdd(long dueAt, int to, ReadOnlySpan<byte> packet)
    {
        if (waiting.Count >= packetsMax)
        {
            return false;
        }

        waiting.Enqueue(new(to, packet.ToArray()), (dueAt, number++));
        return true;
    }

    /// <summary>Takes the next one that is due at this time; false: none is.</summary>
    public bool TryTake(long now, out LatePacket packet)
    {
        packet = default;
        return NextDueAt <= now && waiting.TryDequeue(out packet, out _);
    }
}

/// <summary>A packet and where it goes.</summary>
internal readonly record struct LatePacket(int To, ReadOnlyMemory<byte> Bytes);
