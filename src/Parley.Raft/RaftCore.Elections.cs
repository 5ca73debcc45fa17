namespace Parley.Raft;

/// <content>Leader election (dissertation §3.4), election restriction (§3.6.1), pre-vote (§9.6), check-quorum
/// (§6.2).</content>
internal sealed partial class RaftCore
{
    /// <summary>How far repeated elections without a leader stretch the time-out: voters whose disks are slower than it
    /// would else vote for ever, each vote too late.</summary>
    private const int ElectionStretchMax = 2;

    private readonly VoteTally preVotes = new();
    private readonly VoteTally votes = new();
    private Term campaignedIn;
    private NodeKey leaderKey;
    private NodeKey leaderOfTerm;
    private long leaderHeardAt;
    private bool isLeaderConnectionReset;
    private long electionDeadline;
    private bool isRetryDrawn;
    private int termsWithoutLeader;

    /// <summary>Whether this node hears a leader, and so refuses to help depose it (dissertation §4.2.3): for a
    /// follower, within the minimum election time-out and while its connection stands; for a leader, a majority.
    /// </summary>
    private bool IsSticky => Role == RaftRole.Leader
        ? HearsMajority
        : Leader != NodeId.None && !isLeaderConnectionReset && now - leaderHeardAt < options.ElectionTicks;

    /// <summary>The connection to a member was reset and one reconnect has failed: ends stickiness to it in its current
    /// term, and campaigns soon if it was the leader. One broken link alone deposes nobody: a majority must grant the
    /// pre-vote.</summary>
    public void ConnectionReset(NodeId member)
    {
        if (Role == RaftRole.Leader)
        {
            // What was in flight is lost: begin at the match instead of waiting for the time-out.
            foreach (var peer in peers)
            {
                if (peer.Id == member && peer.State == ProgressState.Replicate)
                {
                    peer.Probe(peer.Match.Next);
                    isReplicationDue = true;
                }
            }

            return;
        }

        if (member != Leader || Leader == NodeId.None || isLeaderConnectionReset)
        {
            return;
        }

        isLeaderConnectionReset = true;
        if (!isVoter)
        {
            return;
        }

        // A small spread, since all followers of a killed leader notice within a millisecond.
        var delay = random.Draw(0, 2);
        electionDeadline = Math.Min(electionDeadline, now + delay);
        if (delay == 0)
        {
            PreCampaign();
        }
    }

    /// <summary>Asks whether it would be elected, before raising its term (dissertation §9.6): a node that was cut off
    /// does not disturb when it comes back.</summary>
    private void PreCampaign()
    {
        Role = RaftRole.PreCandidate;
        SetLeader(NodeKey.None);
        DrawElectionTimeout();
        preVotes.Begin(self);
        if (preVotes.IsWon(voters))
        {
            Campaign(isTransfer: false);
            return;
        }

        foreach (var voter in voters)
        {
            if (voter != self)
            {
                SendNow(AskForVote(voter, Term.Next, isPreVote: true, isTransfer: false));
            }
        }
    }

    /// <summary>Begins an election (dissertation §3.4): next term, own vote, requests to all other voters. These leave
    /// after term and vote are synced, so that no answer can come before.</summary>
    private void Campaign(bool isTransfer)
    {
        Invariant.Holds(Role != RaftRole.Leader && isVoter);
        EnterTerm(Term.Next);
        Role = RaftRole.Candidate;
        votedFor = self.Id;
        campaignedIn = Term;
        votes.Begin(self);
        if (votes.IsWon(voters))
        {
            BecomeLeader();
            return;
        }

        foreach (var voter in voters)
        {
            if (voter != self)
            {
                SendAfterPersist(AskForVote(voter, Term, isPreVote: false, isTransfer));
            }
        }
    }

    private void StepVoteRequest(Message.VoteRequest request)
    {
        if (request.IsPreVote)
        {
            StepPreVoteRequest(request);
            return;
        }

        Invariant.Holds(request.Term == Term);
        var isFree = votedFor == request.From.Id || (votedFor == NodeId.None && leaderOfTerm == NodeKey.None);
        if (!isFree || !IsUpToDate(request))
        {
            AnswerVote(request, granted: false);
            return;
        }

        if (votedFor == NodeId.None)
        {
            votedFor = request.From.Id;
            isHardStateNew = true;
        }

        Invariant.Holds(Role != RaftRole.Leader);
        Role = RaftRole.Follower;
        DrawElectionTimeout();
        AnswerVote(request, granted: true);
    }

    /// <summary>Grants a pre-vote (dissertation §9.6) if it would vote so in that term and hears no leader. Of
    /// pre-candidates that meet, the one with the better log, then the higher id goes on: fewer split votes.</summary>
    private void StepPreVoteRequest(Message.VoteRequest request)
    {
        if (IsSticky || request.Term <= Term || !IsUpToDate(request))
        {
            AnswerVote(request, granted: false);
            return;
        }

        AnswerVote(request, granted: true);
        var isEqualLog = request.LastLogTerm == log.LastTerm && request.LastLogIndex == log.Last;
        if (Role == RaftRole.PreCandidate && isEqualLog && self.Id.CompareTo(request.From.Id) > 0)
        {
            return;
        }

        if (Role == RaftRole.PreCandidate)
        {
            Role = RaftRole.Follower;
            preVotes.Clear();
            isRetryDrawn = false;
        }

        electionDeadline = Math.Max(electionDeadline, now + DrawRetry());
    }

    private void StepVoteResponse(Message.VoteResponse response)
    {
        if (response.IsPreVote)
        {
            StepPreVoteResponse(response);
            return;
        }

        // Votes are counted as they arrive: a slow one still counts while its term lasts and has no leader. Not so one
        // for an earlier life of this node: it may have led that term, and lost entries of it that were not synced.
        if (campaignedIn != Term || leaderOfTerm != NodeKey.None)
        {
            return;
        }

        votes.Take(response.From, response.Granted);
        if (isVoter && votes.IsWon(voters))
        {
            BecomeLeader();
        }
        else if (!response.Granted && Role == RaftRole.Candidate)
        {
            RetryElectionSoon();
        }
    }

    private void StepPreVoteResponse(Message.VoteResponse response)
    {
        if (Role != RaftRole.PreCandidate || (response.Granted && response.Term != Term.Next))
        {
            return;
        }

        preVotes.Take(response.From, response.Granted);
        if (isVoter && preVotes.IsWon(voters))
        {
            Campaign(isTransfer: false);
        }
        else if (!response.Granted)
        {
            RetryElectionSoon();
        }
    }

    /// <summary>Becomes leader of its term: one entry of its own at once, since earlier ones are committed only with it
    /// (dissertation §3.6.2, §6.4).</summary>
    private void BecomeLeader()
    {
        Invariant.Holds(leaderOfTerm == NodeKey.None && votedFor == self.Id && campaignedIn == Term);
        Role = RaftRole.Leader;
        SetLeader(self);
        votes.Clear();
        preVotes.Clear();
        StartLeading();
    }

    /// <summary>Enters a later term as follower of nobody yet (dissertation §3.3).</summary>
    private void EnterTerm(Term term)
    {
        Invariant.Holds(term > Term);
        StepDown();
        Term = term;
        votedFor = NodeId.None;
        leaderOfTerm = NodeKey.None;
        isHardStateNew = true;
        termsWithoutLeader++;
        DropUnsentSuccesses();
        DrawElectionTimeout();
    }

    /// <summary>Follower in the current term, whatever it was; keeps the term, its vote and the votes it got.</summary>
    private void StepDown()
    {
        if (Role == RaftRole.Leader)
        {
            StopLeading();
        }

        Role = RaftRole.Follower;
        preVotes.Clear();
        SetLeader(NodeKey.None);
    }

    /// <summary>A leader of the current term spoke (dissertation §3.4): a candidate returns to follower, and
    /// stickiness returns with it. Two leaders in a term would break election safety (§3.2).</summary>
    private void FollowLeader(NodeKey from)
    {
        Invariant.Holds(Role != RaftRole.Leader, "election safety: one leader a term");
        Invariant.Holds(leaderOfTerm == NodeKey.None || leaderOfTerm == from, "election safety: one leader a term");
        Role = RaftRole.Follower;
        leaderHeardAt = now;
        isLeaderConnectionReset = false;
        termsWithoutLeader = 0;
        if (leaderKey != from)
        {
            preVotes.Clear();
            SetLeader(from);
        }

        DrawElectionTimeout();
    }

    private void SetLeader(NodeKey leader)
    {
        if (leader == leaderKey)
        {
            return;
        }

        leaderKey = leader;
        unheardRounds = 0;
        if (leader != NodeKey.None)
        {
            leaderOfTerm = leader;
            termsWithoutLeader = 0;
        }

        isLeaderConnectionReset = false;
        GiveUpSentReads();
    }

    /// <summary>Randomised (dissertation §3.4), so that mostly one campaigns at a time.</summary>
    private void DrawElectionTimeout()
    {
        var ticks = random.Draw(options.ElectionTicks, (2 * options.ElectionTicks) - 1);
        var stretch = Math.Clamp(termsWithoutLeader - 1, 0, ElectionStretchMax);
        electionDeadline = now + ((long)ticks << stretch);
        isRetryDrawn = false;
    }

    /// <summary>Refused once: tries again soon, its term unchanged, once the others have noticed what it has.</summary>
    private void RetryElectionSoon()
    {
        if (!isRetryDrawn)
        {
            isRetryDrawn = true;
            electionDeadline = Math.Min(electionDeadline, now + DrawRetry());
        }
    }

    private int DrawRetry() => random.Draw(options.PreVoteRetryTicksMin, options.PreVoteRetryTicksMax);

    /// <summary>The voter's log is not more up-to-date than the candidate's (dissertation §3.6.1).</summary>
    private bool IsUpToDate(Message.VoteRequest request) =>
        request.LastLogTerm > log.LastTerm
        || (request.LastLogTerm == log.LastTerm && request.LastLogIndex >= log.Last);

    private Message.VoteRequest AskForVote(NodeKey voter, Term term, bool isPreVote, bool isTransfer) => new()
    {
        From = self,
        To = voter,
        Term = term,
        IsPreVote = isPreVote,
        LastLogIndex = log.Last,
        LastLogTerm = log.LastTerm,
        IsTransfer = isTransfer,
    };

    /// <summary>A granted pre-vote carries the term asked for, everything else our own. Votes leave after the sync that
    /// holds them.</summary>
    private void AnswerVote(Message.VoteRequest request, bool granted)
    {
        var response = new Message.VoteResponse
        {
            From = self,
            To = request.From,
            Term = granted ? request.Term : Term,
            IsPreVote = request.IsPreVote,
            Granted = granted,
        };
        if (request.IsPreVote)
        {
            SendNow(response);
        }
        else
        {
            SendAfterPersist(response);
        }
    }
}
