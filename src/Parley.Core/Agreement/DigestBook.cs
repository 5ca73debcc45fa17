namespace Parley.Core.Agreement;

/// <summary>
/// What this node and the others found their states' digests to be at the same indexes, and who is wrong. The node that
/// differs from a majority of the configured voters is, be it the leader; where no majority agrees nobody knows.
/// Thread-safe.
/// </summary>
/// <remarks>
/// Three call it: the applier notes digests, the connections bring those of others, a timer asks for the judgement. A
/// mark is judged only after it was told to the others, so that they know who left and why.
/// </remarks>
internal sealed class DigestBook(int self)
{
    /// <summary>Marks kept of each node. The oldest go first: a node that lags by more is compared when it is back.
    /// </summary>
    public const int MarksMax = 256;

    /// <summary>Marks told at a time; a lost message is made good by the next.</summary>
    public const int ReportMarksMax = 16;

    private readonly Lock gate = new();
    private readonly SortedList<long, StateDigest> own = [];
    private readonly Dictionary<int, SortedList<long, StateDigest>> told = [];
    private readonly SortedDictionary<int, DigestDifference> differing = [];
    private long reportedIndex;
    private long toldIndex;
    private long agreedIndex;

    /// <summary>This node's state stands at the index with this digest.</summary>
    public void Noted(long index, StateDigest digest)
    {
        lock (gate)
        {
            Keep(own, index, digest);
        }
    }

    /// <summary>Another state took the place of the one before it: what was noted of that says nothing any more.
    /// </summary>
    public void StateReplaced()
    {
        lock (gate)
        {
            own.Clear();
            differing.Clear();
        }
    }

    /// <summary>The newest marks, for the other nodes.</summary>
    public IReadOnlyList<DigestMark> Report()
    {
        lock (gate)
        {
            var first = Math.Max(0, own.Count - ReportMarksMax);
            reportedIndex = own.Count > 0 ? Math.Max(reportedIndex, own.GetKeyAtIndex(own.Count - 1)) : reportedIndex;
            return [.. own.Skip(first).Select(mark => new DigestMark(mark.Key, mark.Value))];
        }
    }

    /// <summary>Another node told of its state.</summary>
    public void Told(int node, long index, StateDigest digest)
    {
        lock (gate)
        {
            if (!told.TryGetValue(node, out var marks))
            {
                told[node] = marks = [];
            }

            Keep(marks, index, digest);
        }
    }

    /// <summary>What this node told says nothing any more: another data directory has its id, or none.</summary>
    public void Forget(int node)
    {
        lock (gate)
        {
            told.Remove(node);
            differing.Remove(node);
        }
    }

    /// <summary>Looks at all that was told; what was reported since the last look is judged by the next.</summary>
    /// <param name="voters">The configured voters' ids.</param>
    public DigestVerdict Judge(IReadOnlyCollection<int> voters)
    {
        lock (gate)
        {
            DigestDivergence? divergence = null;
            foreach (var (index, digest) in own)
            {
                if (index > toldIndex)
                {
                    break;
                }

                var majority = FindMajority(index, digest, voters);
                NoteDifferences(index, digest, majority);
                if (majority == digest)
                {
                    agreedIndex = Math.Max(agreedIndex, index);
                }
                else if (majority is { } other && divergence is null)
                {
                    divergence = new DigestDivergence(index, digest, other, agreedIndex);
                }
            }

            toldIndex = reportedIndex;
            return new DigestVerdict(divergence, agreedIndex, [.. differing.Values]);
        }
    }

    private static void Keep(SortedList<long, StateDigest> marks, long index, StateDigest digest)
    {
        marks[index] = digest;
        if (marks.Count > MarksMax)
        {
            marks.RemoveAt(0);
        }
    }

    /// <summary>The digest more than half of the configured voters have there; null when there is none.</summary>
    private StateDigest? FindMajority(long index, StateDigest digest, IReadOnlyCollection<int> voters)
    {
        var counts = new Dictionary<StateDigest, int>();
        foreach (var voter in voters)
        {
            if (voter == self)
            {
                counts[digest] = counts.GetValueOrDefault(digest) + 1;
            }
            else if (told.TryGetValue(voter, out var marks) && marks.TryGetValue(index, out var theirs))
            {
                counts[theirs] = counts.GetValueOrDefault(theirs) + 1;
            }
        }

        foreach (var (found, count) in counts)
        {
            if (count > voters.Count / 2)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>A node stays among those that differ, though it be gone, until it agrees at a later index.</summary>
    private void NoteDifferences(long index, StateDigest digest, StateDigest? majority)
    {
        foreach (var (node, marks) in told)
        {
            if (!marks.TryGetValue(index, out var theirs))
            {
                continue;
            }

            var known = differing.GetValueOrDefault(node);
            if (theirs == digest)
            {
                if (known is not null && known.LastIndex < index)
                {
                    differing.Remove(node);
                }
            }
            else if (known is null)
            {
                differing[node] = new DigestDifference(node, index, index, majority == digest);
            }
            else if (known.FirstIndex <= index)
            {
                differing[node] = known with
                {
                    LastIndex = Math.Max(known.LastIndex, index),
                    IsOutvoted = known.IsOutvoted || majority == digest,
                };
            }
        }
    }
}

/// <summary>A digest of a state at a log index.</summary>
internal readonly record struct DigestMark(long Index, StateDigest Digest);

/// <summary>What comes of a comparison.</summary>
/// <param name="Divergence">This node is the one that differs, and must stop; else null.</param>
/// <param name="AgreedIndex">The highest index at which a majority, this node included, has one digest; 0 for none.
/// </param>
/// <param name="Differing">The nodes whose digests are not this node's, ascending by id.</param>
internal sealed record DigestVerdict(
    DigestDivergence? Divergence, long AgreedIndex, IReadOnlyList<DigestDifference> Differing)
{
    /// <summary>Some node has another digest, and no majority says whose is right: then none is to be handed on.
    /// </summary>
    public bool IsDisputed => Differing.Any(node => !node.IsOutvoted);
}

/// <summary>A majority of the configured voters agrees on another digest than this node's.</summary>
/// <param name="Index">The first index compared at which it does.</param>
/// <param name="Own">This node's digest there.</param>
/// <param name="Majority">The majority's.</param>
/// <param name="AgreedIndex">The last index before, at which this node was one of the majority; 0: none is known.
/// </param>
internal sealed record DigestDivergence(long Index, StateDigest Own, StateDigest Majority, long AgreedIndex);

/// <summary>A node whose digests are not this node's.</summary>
/// <param name="Node">Its id.</param>
/// <param name="FirstIndex">The first index compared at which it differs.</param>
/// <param name="LastIndex">The last one.</param>
/// <param name="IsOutvoted">A majority of the voters agrees with this node.</param>
internal sealed record DigestDifference(int Node, long FirstIndex, long LastIndex, bool IsOutvoted);
