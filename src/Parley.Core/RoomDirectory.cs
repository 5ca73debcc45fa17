using System.Collections.Concurrent;
using Parley.Core.Delivery;
using Parley.Core.Facts;
using Parley.Core.Storage;

namespace Parley.Core;

/// <summary>Rooms as of the last COMMIT, for any thread. Who may see one is not asked here.</summary>
internal sealed class RoomDirectory
{
    private readonly ConcurrentDictionary<string, RoomFacts> byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, RoomFacts> byNumber = new();

    /// <param name="name">Lower-case, without the '#'.</param>
    public RoomFacts? Find(string name) => byName.GetValueOrDefault(name);

    public RoomFacts? Find(long number) => byNumber.GetValueOrDefault(number);

    /// <summary>Everything there is; before anyone else knows this directory.</summary>
    public void Load(SqliteChatFacts facts)
    {
        foreach (var room in facts.Rooms)
        {
            Put(room);
        }
    }

    /// <summary>What a batch changed; by the applier, after COMMIT.</summary>
    public void Publish(BatchNews news, SqliteChatFacts facts)
    {
        // First what closed: its name may be another's already.
        foreach (var number in news.Rooms)
        {
            if (facts.FindRoom(number) is null && byNumber.TryRemove(number, out var closed))
            {
                byName.TryRemove(closed.Name, out _);
            }
        }

        foreach (var number in news.Rooms)
        {
            if (facts.FindRoom(number) is { } room)
            {
                Put(room);
            }
        }
    }

    private void Put(RoomFacts room)
    {
        byNumber[room.Number] = room;
        byName[room.Name] = room;
    }
}
