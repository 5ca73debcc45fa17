namespace Parley.Raft;

/// <summary>
/// Consensus as a pure state machine: no clock, socket, thread or disk. One loop owns it: it calls an input method,
/// then takes a <see cref="Ready"/> while there is one, and does what that says.
/// <para>
/// It is Raft as in Ongaro's dissertation (2014; the sections are cited at the methods), with pre-vote (§9.6),
/// check-quorum (§6.2) and read index (§6.4). Its safety rests on the caller's duties:
/// (1) what a Ready gives to persist is synced, Readys in order, before that Ready's
/// <see cref="Ready.MessagesAfterPersist"/> leave; (2) <see cref="Persisted"/> comes only after the sync returned;
/// (3) a failed write or sync ends the process; (4) committed entries are applied in order, and
/// <see cref="Applied"/> is called, or no more are handed out; (5) only one thread calls, and never from within;
/// (6) messages may be lost, doubled, delayed and reordered, but not made up; (7) a disk that lost what it had synced
/// is another node (its directory has another incarnation).
/// </para>
/// </summary>
internal sealed partial class RaftCore
{
    private readonly RaftOptions options;
    private readonly RaftLog log;
    private readonly SplitMix64 random;
    private readonly List<Message> messagesNow = [];
    private readonly List<Message> messagesLater = [];
    private readonly LogEnds logEnds;
    private readonly List<NodeKey> voters = [];
    private readonly NodeKey self;
    private NodeId votedFor;
    private bool isHardStateNew;
    private bool isVoter;
    private long now;

    /// <summary>Starts from what is on disk: as a follower, without a leader, with nothing committed beyond
    /// <paramref name="appliedIndex"/>.</summary>
    /// <param name="options">Measures.</param>
    /// <param name="storedLog">The log as recovered; everything in it is synced.</param>
    /// <param name="hardState">As recovered.</param>
    /// <param name="appliedIndex">What the state machine has applied; at least the log's base, at most its end.</param>
    public RaftCore(RaftOptions options, IStoredLog storedLog, HardState hardState, LogIndex appliedIndex)
    {
        this.options = options;
        self = new NodeKey(options.Self, options.Incarnation);
        log = new RaftLog(storedLog, options.RecentBytesMax);
        random = new SplitMix64(options.Seed);
        logEnds = new LogEnds(options.AppliedWithinTicks);
        Term = hardState.Term;
        votedFor = hardState.VotedFor;
        Invariant.Holds(appliedIndex >= log.Base && appliedIndex <= log.Last);
        Invariant.Holds(log.LastTerm <= Term);
        CommitIndex = appliedIndex;
        handedToApply = appliedIndex;
        applied = appliedIndex;
        askedBefore = (long)(random.Next() >> 2);
        askedBatch = askedBefore;
        UseMembership(storedLog.Membership);
        DrawElectionTimeout();
    }

    public RaftRole Role { get; private set; }

    public Term Term { get; private set; }

    /// <summary>The leader of <see cref="Term"/> as far as known, else <see cref="NodeId.None"/>.</summary>
    public NodeId Leader => leaderKey.Id;

    public LogIndex CommitIndex { get; private set; }

    /// <summary>The highest commit index a leader told of, whether or not its entries came. It tells how far behind
    /// this node is, and decides nothing else.</summary>
    public LogIndex CommitHeard { get; private set; }

    public LogIndex LastIndex => log.Last;

    /// <summary>The stamp of the last entry in the log, microseconds since 1970-01-01T00:00:00Z.</summary>
    public long LastTimeUs => log.LastTimeUs;

    /// <summary>Messages dropped: not for this node and data directory, an answer of no member, or malformed.</summary>
    public long ForeignMessagesDropped { get; private set; }

    /// <summary>Messages dropped because their term leapt by more than <see cref="RaftOptions.TermLeapMax"/>.</summary>
    public long TermLeapsRefused { get; private set; }

    /// <summary>One tick has passed.</summary>
    public void Tick()
    {
        now++;
        if (Role == RaftRole.Leader)
        {
            TickAsLeader();
            return;
        }

        GiveUpLateReads();
        if (now < electionDeadline)
        {
            return;
        }

        if (isVoter)
        {
            PreCampaign();
        }
        else
        {
            SetLeader(NodeKey.None);
            DrawElectionTimeout();
        }
    }

    /// <summary>A message has arrived. Foreign or forged ones (unknown sender, a leap of terms) are dropped; those of
    /// <see cref="LeaderWatch"/> are not for here.</summary>
    public void Step(Message message)
    {
        if (!IsOurs(message))
        {
            ForeignMessagesDropped++;
            return;
        }

        if (IsBeingReplaced)
        {
            return; // As good as lost: the stored log is no longer the one that this core knows.
        }

        if (message.Term.Value - Term.Value > options.TermLeapMax)
        {
            TermLeapsRefused++;
            return;
        }

        if (message.Term < Term)
        {
            AnswerEarlierTerm(message);
            return;
        }

        if (message.Term > Term && !MeetLaterTerm(message))
        {
            return;
        }

        Dispatch(message);
    }

    /// <summary>Everything handed out for persistence up to this entry is synced: called with the last of
    /// <see cref="Ready.EntriesToPersist"/> of each Ready that had any, in the order of the Readys. A pair that was
    /// replaced since is ignored.</summary>
    public void Persisted(LogIndex index, Term term)
    {
        if (log.MarkPersisted(index, term) && Role == RaftRole.Leader)
        {
            AdvanceCommitByCounting();
        }
    }

    /// <summary>Terms are exchanged whenever servers communicate (dissertation §3.3): a server that meets a later one
    /// becomes follower in it; except that a pre-vote changes nobody's term (§9.6), and a voter that hears its leader
    /// does not update its term for a candidate (§4.2.3).</summary>
    /// <returns>Whether the message is to be handled.</returns>
    private bool MeetLaterTerm(Message message)
    {
        switch (message)
        {
            case Message.VoteRequest { IsPreVote: true }:
            case Message.VoteResponse { IsPreVote: true, Granted: true }:
                return true;
            case Message.VoteRequest { IsTransfer: false } when IsSticky:
                return false;
            case Message.VoteResponse { IsPreVote: true } when Role == RaftRole.PreCandidate:
                EnterTerm(message.Term);
                RetryElectionSoon();
                return true;
            default:
                EnterTerm(message.Term);
                return true;
        }
    }

    private void Dispatch(Message message)
    {
        if (Role == RaftRole.Leader)
        {
            FindProgress(message.From)?.HeardAt = now;
        }

        switch (message)
        {
            case Message.AppendRequest append:
                StepAppend(append);
                break;
            case Message.AppendResponse response:
                StepAppendResponse(response);
                break;
            case Message.HeartbeatRequest heartbeat:
                StepHeartbeat(heartbeat);
                break;
            case Message.HeartbeatResponse response:
                StepHeartbeatResponse(response);
                break;
            case Message.VoteRequest request:
                StepVoteRequest(request);
                break;
            case Message.VoteResponse response:
                StepVoteResponse(response);
                break;
            case Message.TimeoutNow timeoutNow:
                StepTimeoutNow(timeoutNow);
                break;
            case Message.SnapshotOffer offer:
                StepSnapshotOffer(offer);
                break;
            case Message.ReadIndexRequest request:
                StepReadIndexRequest(request);
                break;
            case Message.ReadIndexResponse response:
                StepReadIndexResponse(response);
                break;
            default:
                Invariant.Holds(false, $"no such message: {message.GetType().Name}");
                break;
        }
    }

    /// <summary>A request with an earlier term is refused (dissertation §3.3), and told of ours: a leader of the past
    /// steps down once, and both go on. Late answers are dropped.</summary>
    private void AnswerEarlierTerm(Message message)
    {
        switch (message)
        {
            case Message.AppendRequest append:
                SendNow(RefuseAppend(append.From, append.PreviousIndex));
                break;
            case Message.SnapshotOffer offer:
                SendNow(RefuseAppend(offer.From, offer.Index));
                break;
            case Message.HeartbeatRequest heartbeat:
                AnswerHeartbeat(heartbeat);
                break;
            case Message.VoteRequest request:
                AnswerVote(request, granted: false);
                break;
            case Message.ReadIndexRequest request:
                AnswerRead(request.From, request.Number, null);
                break;
            default:
                break;
        }
    }

    /// <summary>What is asked may come from any node of the cluster: this one may be behind, and not know the newest
    /// members (dissertation §4.1). What is answered counts only for the very member that was asked.</summary>
    private bool IsOurs(Message message) =>
        message.To == self
        && message.From.Id != self.Id
        && message.From.Id != NodeId.None
        && message.Term.Value > 0
        && (!CountsForItsSender(message) || IsMember(message.From) || FindProgress(message.From) is not null)
        && (message is not Message.AppendRequest append || IsWellFormed(append));

    private static bool IsWellFormed(Message.AppendRequest append)
    {
        var index = append.PreviousIndex;
        var term = append.PreviousTerm;
        var entries = append.Entries;
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Index != index.Next || entries[i].Term < term)
            {
                return false;
            }

            index = index.Next;
            term = entries[i].Term;
        }

        return append.PreviousIndex >= LogIndex.None && term <= append.Term;
    }

    private void CommitTo(LogIndex index)
    {
        Invariant.Holds(index >= CommitIndex);
        Invariant.Holds(index <= log.Last);
        CommitIndex = index;
    }

    private void SendNow(Message message) => messagesNow.Add(message);

    private void SendAfterPersist(Message message) => messagesLater.Add(message);
}
