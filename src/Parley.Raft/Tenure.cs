namespace Parley.Raft;

/// <summary>
/// Whether the committed memberships still name a data directory: it is over when the newest of those that name anybody
/// does not, and an older one did. One that names nobody says nothing: who joined late makes such snapshots before it
/// knows the members. A change that was replaced in the log was never committed, and ends nothing. Told by whoever
/// applies entries and installs snapshots, in whatever order: a snapshot may be told before older entries that still
/// wait to be applied. Not for many threads.
/// </summary>
internal sealed class Tenure
{
    private readonly NodeKey self;
    private LogIndex since;
    private LogIndex? named;
    private LogIndex? unnamed;

    /// <param name="self">The data directory.</param>
    /// <param name="applied">What was applied when the process started.</param>
    /// <param name="atStart">The membership in force there.</param>
    /// <param name="since">What <see cref="JoinedAfter"/> was told last.</param>
    public Tenure(NodeKey self, LogIndex applied, Membership atStart, LogIndex since = default)
    {
        this.self = self;
        this.since = since;
        Tell(applied, atStart);
    }

    /// <summary>It was a member, and is none any more: it stops, for good.</summary>
    public bool IsOver { get; private set; }

    /// <summary>A committed membership named it since it joined: it is a member, or would replay its own removal. An
    /// entry that an election replaced, or that waits to be committed, says nothing.</summary>
    public bool WasNamed => named is not null;

    /// <summary>A directory that was not named is taken in, maybe again: what the cluster's log said of it up to here
    /// is over. It may have been named before, and removed before it heard a word.</summary>
    public void JoinedAfter(LogIndex index) => since = index;

    /// <summary>This one is committed, in force at the index; may be told again.</summary>
    public void Tell(LogIndex index, Membership committed)
    {
        // A founder is named at the start of the log, index 0.
        var isOfBefore = since > LogIndex.None && index <= since;
        if (committed.Members.Count == 0 || isOfBefore)
        {
            return;
        }

        if (committed.Names(self))
        {
            named = LogIndex.Max(named ?? index, index);
        }
        else
        {
            unnamed = LogIndex.Max(unnamed ?? index, index);
        }

        IsOver |= named is { } last && unnamed > last;
    }
}
