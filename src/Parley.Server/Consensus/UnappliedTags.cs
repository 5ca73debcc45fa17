using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>
/// The tags of the commands that are in this node's log and not applied yet, on every node at all times, so that a new
/// leader knows at once what it need not append again. Owned by the loop.
/// </summary>
internal sealed class UnappliedTags
{
    private readonly HashSet<CommandTag> tags = [];
    private Slot[] slots = new Slot[1_024];
    private int head;
    private int count;
    private long firstIndex = 1;

    public int Count => count;

    public bool Contains(CommandTag tag) => !tag.IsNone && tags.Contains(tag);

    /// <summary>An entry is in the log now; the same again is ignored, another one at its place replaces it and all
    /// after it.</summary>
    public void Appended(LogIndex index, Term term, CommandTag tag)
    {
        if (count > 0 && index.Value >= firstIndex && index.Value < firstIndex + count)
        {
            if (At(index.Value - firstIndex).Term == term)
            {
                return;
            }

            TruncateTo(index.Value);
        }
        else if (count > 0 && index.Value != firstIndex + count)
        {
            Clear(); // Not continued: a snapshot lies between.
        }

        if (count == 0)
        {
            firstIndex = index.Value;
        }

        Grow();
        At(count) = new Slot(term, tag);
        count++;
        if (!tag.IsNone)
        {
            tags.Add(tag);
        }
    }

    public void Applied(LogIndex index)
    {
        while (count > 0 && firstIndex <= index.Value)
        {
            tags.Remove(At(0).Tag);
            head = (head + 1) % slots.Length;
            firstIndex++;
            count--;
        }
    }

    public void Clear()
    {
        tags.Clear();
        head = 0;
        count = 0;
    }

    private void TruncateTo(long index)
    {
        while (count > 0 && firstIndex + count > index)
        {
            count--;
            tags.Remove(At(count).Tag);
        }
    }

    private void Grow()
    {
        if (count < slots.Length)
        {
            return;
        }

        var larger = new Slot[slots.Length * 2];
        for (var i = 0; i < count; i++)
        {
            larger[i] = At(i);
        }

        slots = larger;
        head = 0;
    }

    private ref Slot At(long offset) => ref slots[(head + offset) % slots.Length];

    private readonly record struct Slot(Term Term, CommandTag Tag);
}
