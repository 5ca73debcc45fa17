namespace Parley.Raft;

/// <summary>The role a node plays (dissertation §3.3; the pre-candidate §9.6).</summary>
internal enum RaftRole
{
    Follower = 0,
    PreCandidate = 1,
    Candidate = 2,
    Leader = 3,
}

/// <summary>What became of a proposal at the door.</summary>
internal enum ProposeResult
{
    Accepted = 0,

    /// <summary>This node does not lead (or is about to stop leading); nothing was appended.</summary>
    NotLeader = 1,

    /// <summary>Too much is uncommitted, or waits for too long to be applied; nothing was appended.</summary>
    Overloaded = 2,
}
