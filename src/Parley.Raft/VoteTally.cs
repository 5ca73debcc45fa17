namespace Parley.Raft;

/// <summary>The answers to one candidacy or pre-candidacy, one a member, counted as they arrive.</summary>
internal sealed class VoteTally
{
    private readonly Dictionary<NodeKey, bool> answers = [];

    /// <summary>Starts over with the candidate's own vote.</summary>
    public void Begin(NodeKey candidate)
    {
        answers.Clear();
        answers.Add(candidate, true);
    }

    public void Clear() => answers.Clear();

    /// <summary>Takes an answer; a grant is never taken back by a late refusal.</summary>
    public void Take(NodeKey from, bool granted) =>
        answers[from] = granted || (answers.TryGetValue(from, out var before) && before);

    /// <summary>Whether a majority of the configured voters granted (dissertation §3.4).</summary>
    public bool IsWon(IReadOnlyList<NodeKey> voters)
    {
        var grants = 0;
        for (var i = 0; i < voters.Count; i++)
        {
            if (answers.TryGetValue(voters[i], out var granted) && granted)
            {
                grants++;
            }
        }

        return grants >= QuorumMath.Majority(voters.Count);
    }
}
