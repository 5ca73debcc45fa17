namespace Parley.Verbs.Chat;

/// <summary>What was shown and acknowledged, conversation by conversation: it is read when somebody looks, at once or
/// when somebody looks again. Any thread.</summary>
/// <param name="isLookedAt">Whether somebody looks now.</param>
/// <param name="read">Told how far a conversation was read.</param>
internal sealed class ShownMarks(Func<bool> isLookedAt, Action<string, long> read)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, long> unseen = new(StringComparer.Ordinal);

    /// <summary>The conversation was shown up to there.</summary>
    public void Shown(string conversation, long sequence)
    {
        lock (gate)
        {
            unseen[conversation] = Math.Max(sequence, unseen.GetValueOrDefault(conversation));
        }

        if (isLookedAt())
        {
            Looked();
        }
    }

    /// <summary>Somebody looks.</summary>
    public void Looked()
    {
        KeyValuePair<string, long>[] seen;
        lock (gate)
        {
            seen = [.. unseen];
            unseen.Clear();
        }

        foreach (var (conversation, sequence) in seen)
        {
            read(conversation, sequence);
        }
    }
}
