namespace Parley.Raft;

/// <summary>
/// Whether it is worth to wait for a leader here. An election that others hold is waited out; but a node whose links to
/// the leader, or to a majority, are gone waits in vain while the others go on (partitions like a ring or a bridge, a
/// node that is not heard). So a node that has not heard its leader for a while asks the others whether they do.
/// <para>
/// It stands beside <see cref="RaftCore"/> and only looks: nothing that is asked or answered here changes a term, a
/// vote, a log or a time-out. A wrong verdict costs clients a walk to another node, and nothing else. The loop that
/// owns the core calls it, a tick with each tick of the core.
/// </para>
/// </summary>
internal sealed class LeaderWatch(RaftOptions options)
{
    /// <summary>How late an answer may be that still counts.</summary>
    private readonly int patience = options.ElectionTicks / 2;

    private readonly NodeKey self = new(options.Self, options.Incarnation);

    private readonly Dictionary<NodeId, long> answeredAt = [];
    private long now;
    private long? askingSince;
    private long nextAskAt;
    private NodeId witness;
    private NodeId witnessed;
    private long witnessedSince;
    private long witnessedAt;

    /// <summary>Null while it is worth to wait here.</summary>
    public CutOff? CutOff { get; private set; }

    /// <summary>A silence of so many ticks is looked into: one heartbeat is missing, and the next is late.</summary>
    private int AskAfter => options.ElectionTicks / 3;

    /// <summary>Then a leader that others have heard twice meanwhile is out of reach.</summary>
    private int CutOffAfter => options.ElectionTicks * 2 / 3;

    /// <summary>Then a majority of which nobody has answered is out of reach. Longer than an election, for a machine
    /// that is short of time is silent as well, and nobody has said that it goes on elsewhere.</summary>
    private int AloneAfter => options.ElectionTicks * 2;

    /// <summary>One tick has passed, here and in the core. Returns what is to be sent.</summary>
    public IReadOnlyList<Message> Tick(RaftCore core)
    {
        now++;
        var asked = Ask(core);
        CutOff = Judge(core);
        return asked;
    }

    /// <summary>A message of the watch of another node has arrived. Returns the answer to be sent; null: none.
    /// </summary>
    public Message? Step(Message message, RaftCore core)
    {
        switch (message)
        {
            case Message.LeaderInquiry:
                return Answer(message.From, core);
            case Message.LeaderNews news:
                Take(news);
                return null;
            default:
                Invariant.Holds(false, $"no message of the watch: {message.GetType().Name}");
                return null;
        }
    }

    private List<Message> Ask(RaftCore core)
    {
        if (core.LeaderSilence < AskAfter || core.Term == Term.None)
        {
            askingSince = null;
            witness = NodeId.None;
            answeredAt.Clear();
            return [];
        }

        if (askingSince is not null && now < nextAskAt)
        {
            return [];
        }

        askingSince ??= now;
        nextAskAt = now + options.HeartbeatTicks;
        var asked = new List<Message>();
        foreach (var member in core.Membership.Members)
        {
            if (member.Id != options.Self)
            {
                asked.Add(new Message.LeaderInquiry { From = self, To = member.Key, Term = core.Term });
            }
        }

        return asked;
    }

    /// <summary>A leader without a majority names nobody: it will step down.</summary>
    private Message.LeaderNews Answer(NodeKey asker, RaftCore core) => new()
    {
        From = self,
        To = asker,
        Term = core.Term,
        Leader = core.Role != RaftRole.Leader ? core.Leader : core.HearsMajority ? options.Self : NodeId.None,
        SilentTicks = core.LeaderSilence,
    };

    private void Take(Message.LeaderNews news)
    {
        answeredAt[news.From.Id] = now;
        var isHeard = news.Leader != NodeId.None && news.Leader != options.Self && news.SilentTicks < AskAfter;
        if (askingSince is null || !isHeard || news.Leader == news.From.Id)
        {
            return; // A leader that answers is in reach: its heartbeat will come.
        }

        if (witness == NodeId.None || witnessed != news.Leader)
        {
            witnessed = news.Leader;
            witnessedSince = now;
        }

        witness = news.From.Id;
        witnessedAt = now;
    }

    private CutOff? Judge(RaftCore core)
    {
        var voters = 0;
        var answering = 0;
        foreach (var member in core.Membership.Members)
        {
            voters += member.IsVoter ? 1 : 0;
            answering += member.IsVoter && IsAnswering(member.Id) ? 1 : 0;
        }

        if (core.IsUnheardByLeader && core.LeaderSilence < CutOffAfter)
        {
            return new CutOff(core.Leader, core.Leader, answering, voters);
        }

        if (askingSince is not { } since)
        {
            return null;
        }

        // Seen once, it may be a new leader whose first word is still on its way here.
        var isWitnessed = witness != NodeId.None
            && now - witnessedAt <= patience
            && witnessedAt - witnessedSince >= options.HeartbeatTicks / 2;
        if (isWitnessed && core.LeaderSilence >= CutOffAfter)
        {
            return new CutOff(witnessed, witness, answering, voters);
        }

        var isAlone = now - since >= patience
            && core.LeaderSilence >= AloneAfter
            && answering < QuorumMath.Majority(voters);
        return isAlone ? new CutOff(NodeId.None, NodeId.None, answering, voters) : null;
    }

    private bool IsAnswering(NodeId voter) =>
        voter == options.Self || (answeredAt.TryGetValue(voter, out var at) && now - at <= patience * 2);
}
