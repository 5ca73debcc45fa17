namespace Parley.Raft.Formation;

/// <summary>
/// How empty nodes become one cluster exactly once, as a pure state machine (no I/O, clock or randomness).
/// One owner calls it, from any thread but one at a time: after each input, and at the start, it takes
/// <see cref="TakeReady"/> until that is null and does what it says. While <see cref="IsSettled"/> is false the owner
/// asks all other members to Identify, again and again (some 200 ms apart, one call at a time to each), and feeds each
/// answer in: what was lost is then offered again by itself. Identify calls from others are answered from
/// <see cref="Identity"/> at any time. When <see cref="Notice"/> changes its text is for the operator.
/// </summary>
/// <remarks>
/// Why never two clusters come out of the same directories: a cluster is formed only after every one of its founding
/// incarnations has synced its promise (forming) to it, and a promise is never taken back. Two clusters would need one
/// incarnation that promised itself to both. A wiped directory has another incarnation: no promise is known to it, and
/// none that was made for its predecessor counts.
/// </remarks>
internal sealed partial class FormationCore
{
    private const int ClusterIdDigits = 32;

    private readonly IReadOnlyList<ConfiguredMember> configured;
    private readonly string[] configuredTexts;
    private readonly string drawnClusterId;
    private readonly bool joins;
    private readonly SortedDictionary<NodeId, FormationIdentity> seen = [];
    private readonly SortedDictionary<NodeId, string> refusals = [];
    private readonly Dictionary<NodeId, int> answersSinceWipe = [];
    private readonly List<FormationReply> replies = [];
    private readonly List<FormationCall> calls = [];
    private NodeStamp? pending;
    private bool pendingIsHandedOut;
    private bool wasWipedMidway;
    private NodeId[] wiped = [];

    /// <summary>Starts from the stamp on disk.</summary>
    /// <param name="stamp">As synced in the data directory.</param>
    /// <param name="configured">The list this node was started with, itself included, ascending by id.</param>
    /// <param name="drawnClusterId">32 random hexadecimal digits; used only when this node founds the cluster.</param>
    /// <param name="joins">Waits to be taken into a cluster that is there, and forms none.</param>
    public FormationCore(
        NodeStamp stamp, IReadOnlyList<ConfiguredMember> configured, string drawnClusterId, bool joins = false)
    {
        Invariant.Holds(configured.Any(member => member.Id == stamp.Self) || stamp.Stage == FormationStage.Formed);
        Invariant.Holds(IsClusterId(drawnClusterId));
        Stamp = stamp;
        this.configured = configured;
        this.drawnClusterId = drawnClusterId;
        this.joins = joins;
        configuredTexts = [.. configured.Select(member => member.ToString())];
        Notice = new FormationNotice(FormationState.None, "");
        Advance();
    }

    /// <summary>The stamp that is on disk.</summary>
    public NodeStamp Stamp { get; private set; }

    /// <summary>What this node answers to Identify: only what is on disk.</summary>
    public FormationIdentity Identity => new()
    {
        Id = Stamp.Self,
        Incarnation = Stamp.Incarnation,
        Stage = Stamp.Stage,
        ClusterId = Stamp.ClusterId,
        Members = configuredTexts,
    };

    public FormationNotice Notice { get; private set; }

    /// <summary>This node belongs to its cluster (synced): consensus may start with
    /// <see cref="NodeStamp.InitialMark"/>.</summary>
    public bool IsFormed => Stamp.Stage == FormationStage.Formed;

    /// <summary>Formed, and no founding member was left that waits to be told so: no need to ask.</summary>
    public bool IsSettled => IsFormed && Others(Stamp).All(member =>
        seen.TryGetValue(member.Id, out var identity)
        && (identity.Stage == FormationStage.Formed || identity.Incarnation != member.Incarnation));

    /// <summary>A member answered to Identify. An answer of a node that is not a member is ignored.</summary>
    public void Identified(FormationIdentity identity)
    {
        if (identity.Id == Stamp.Self || !IsMember(identity.Id))
        {
            return;
        }

        seen[identity.Id] = identity;
        refusals.Remove(identity.Id);
        answersSinceWipe[identity.Id] = answersSinceWipe.GetValueOrDefault(identity.Id) + 1;
        Offer(identity);
        Advance();
    }

    /// <summary>A member did not answer to Identify.</summary>
    public void Unreachable(NodeId member)
    {
        if (seen.Remove(member))
        {
            Advance();
        }
    }

    /// <summary>A Form call came in; its answer comes in a <see cref="FormationReply"/> with this number, always.
    /// </summary>
    public void OfferReceived(long call, FormationOffer offer)
    {
        var reason = pending is null ? Consider(offer) : "busy with an offer: ask again";
        replies.Add(new FormationReply(call, reason is null, reason ?? ""));
        Advance();
    }

    /// <summary>A Join call came in: the cluster takes this node in, which knows nobody yet and votes when a membership
    /// names it. Answered as a Form call is; what is so already is accepted again.</summary>
    public void JoinReceived(long call, string clusterId, ulong incarnation)
    {
        var reason = pending is null ? ConsiderJoin(clusterId, incarnation) : "busy with an offer: ask again";
        replies.Add(new FormationReply(call, reason is null, reason ?? ""));
        Advance();
    }

    /// <summary>Why this node cannot be taken into that cluster; null: it can, or was.</summary>
    public string? FindJoinFault(string clusterId, ulong incarnation)
    {
        if (incarnation != Stamp.Incarnation || !IsClusterId(clusterId))
        {
            return $"the data directory of node {Stamp.Self.Value} is not the one that was asked";
        }

        var isTaken = Stamp.Stage != FormationStage.Empty && !(Stamp.Stage == FormationStage.Formed
            && string.Equals(clusterId, Stamp.ClusterId, StringComparison.Ordinal));
        return isTaken
            ? $"node {Stamp.Self.Value} belongs, or has promised itself, to cluster {Stamp.ClusterId}"
            : null;
    }

    /// <summary>A Form call of ours was answered. (One that failed needs no word.)</summary>
    public void OfferAnswered(FormationCall call, bool accepted, string reason)
    {
        var member = Stamp.Members.FirstOrDefault(item => item.Id == call.To);
        if (member is null || !string.Equals(call.Offer.ClusterId, Stamp.ClusterId, StringComparison.Ordinal))
        {
            return;
        }

        if (!accepted)
        {
            refusals[call.To] = reason;
        }
        else if (seen.TryGetValue(call.To, out var identity) && identity.Incarnation == member.Incarnation)
        {
            seen[call.To] = identity with
            {
                Stage = call.Offer.Formed ? FormationStage.Formed : FormationStage.Forming,
                ClusterId = Stamp.ClusterId,
            };
        }

        Advance();
    }

    /// <summary>The last <see cref="FormationReady.StampToSync"/> is on disk.</summary>
    public void StampSynced()
    {
        Invariant.Holds(pending is not null && pendingIsHandedOut);
        Stamp = pending;
        pending = null;
        pendingIsHandedOut = false;
        foreach (var identity in seen.Values)
        {
            Offer(identity);
        }

        Advance();
    }

    /// <summary>What is to be done now; null when nothing.</summary>
    public FormationReady? TakeReady()
    {
        if (pending is not null)
        {
            var first = !pendingIsHandedOut;
            pendingIsHandedOut = true;
            return first ? new FormationReady { StampToSync = pending } : null;
        }

        if (replies.Count == 0 && calls.Count == 0)
        {
            return null;
        }

        var ready = new FormationReady { Replies = [.. replies], Calls = [.. calls] };
        replies.Clear();
        calls.Clear();
        return ready;
    }

    private static bool IsClusterId(string text) =>
        text.Length == ClusterIdDigits && text.All(char.IsAsciiHexDigitLower);

    private static IEnumerable<FoundingMember> Others(NodeStamp stamp) =>
        stamp.Members.Where(member => member.Id != stamp.Self);

    private bool IsMember(NodeId id) =>
        configured.Any(member => member.Id == id) || Stamp.Members.Any(member => member.Id == id);

    /// <summary>Null: accepted, as soon as it is synced.</summary>
    private string? Consider(FormationOffer offer) => Stamp.Stage switch
    {
        FormationStage.Empty => ConsiderPromise(offer),
        FormationStage.Forming => ConsiderFormed(offer),
        FormationStage.Formed => IsOurs(offer) ? null : $"node {Stamp.Self.Value} belongs to cluster {Stamp.ClusterId}",
        _ => throw new InvariantBrokenException($"stage {Stamp.Stage}"),
    };

    private string? ConsiderPromise(FormationOffer offer)
    {
        if (joins)
        {
            return $"node {Stamp.Self.Value} was started to join a cluster (--join), and forms none";
        }

        var self = offer.Members.FirstOrDefault(member => member.Id == Stamp.Self);
        if (self is null || !IsClusterId(offer.ClusterId) || offer.From != offer.Members[0].Id)
        {
            return $"no offer for node {Stamp.Self.Value}: a cluster id, its lowest member and itself expected";
        }

        if (self.Incarnation != Stamp.Incarnation || offer.Formed)
        {
            wasWipedMidway = true;
            return $"the data directory of node {Stamp.Self.Value} was emptied since it was asked";
        }

        var offered = offer.Members.Select(member => new ConfiguredMember(member.Id, member.Address).ToString());
        if (!offered.SequenceEqual(configuredTexts, StringComparer.Ordinal))
        {
            return $"unequal members: node {Stamp.Self.Value} was started with {Join(configuredTexts)}";
        }

        pending = Stamp with
        {
            Stage = FormationStage.Forming,
            ClusterId = offer.ClusterId,
            Members = offer.Members,
        };
        return null;
    }

    /// <summary>Null: accepted, as soon as it is synced.</summary>
    private string? ConsiderJoin(string clusterId, ulong incarnation)
    {
        var fault = FindJoinFault(clusterId, incarnation);
        if (fault is null && Stamp.Stage == FormationStage.Empty)
        {
            pending = Stamp with { Stage = FormationStage.Formed, ClusterId = clusterId, Members = [] };
        }

        return fault;
    }

    private string? ConsiderFormed(FormationOffer offer)
    {
        if (!IsOurs(offer))
        {
            return $"node {Stamp.Self.Value} has promised itself to cluster {Stamp.ClusterId}";
        }

        if (offer.Formed)
        {
            pending = Stamp with { Stage = FormationStage.Formed };
        }

        return null;
    }

    private bool IsOurs(FormationOffer offer) =>
        string.Equals(offer.ClusterId, Stamp.ClusterId, StringComparison.Ordinal)
        && offer.Members.SequenceEqual(Stamp.Members);

    /// <summary>Asks a member again for what it has not done yet.</summary>
    private void Offer(FormationIdentity identity)
    {
        var isFounder = Stamp.Members.Count > 0 && Stamp.Members[0].Id == Stamp.Self;
        var isFounding = pending is null && Stamp.Members.Any(member =>
            member.Id == identity.Id && member.Incarnation == identity.Incarnation);
        if (isFounding && Stamp.Stage == FormationStage.Forming && isFounder
            && identity.Stage == FormationStage.Empty)
        {
            calls.Add(new FormationCall(identity.Id, OfferOf(formed: false)));
        }

        if (isFounding && Stamp.Stage == FormationStage.Formed && identity.Stage == FormationStage.Forming)
        {
            calls.Add(new FormationCall(identity.Id, OfferOf(formed: true)));
        }
    }

    private FormationOffer OfferOf(bool formed) => new()
    {
        From = Stamp.Self,
        ClusterId = Stamp.ClusterId,
        Members = Stamp.Members,
        Formed = formed,
    };

    /// <summary>Goes one stage on where what was seen allows it.</summary>
    private void Advance()
    {
        if (pending is null && Stamp.Stage == FormationStage.Empty && MayFound())
        {
            pending = Stamp with
            {
                Stage = FormationStage.Forming,
                ClusterId = drawnClusterId,
                Members = [.. configured.Select(FoundingMemberOf)],
            };
        }
        else if (pending is null && Stamp.Stage == FormationStage.Forming && MayBeFormed())
        {
            pending = Stamp with { Stage = FormationStage.Formed };
        }

        var nowWiped = FindWiped();
        if (!nowWiped.SequenceEqual(wiped))
        {
            wiped = nowWiped;
            answersSinceWipe.Clear();
        }

        Notice = DescribeState();
    }

    /// <summary>Members that lost a directory which had promised itself, or was asked to.</summary>
    private NodeId[] FindWiped()
    {
        if (Stamp.Stage != FormationStage.Empty)
        {
            return [.. Others(Stamp)
                .Where(member => seen.TryGetValue(member.Id, out var other) && other.Incarnation != member.Incarnation)
                .Select(member => member.Id)];
        }

        // Nobody promises before the lowest member has: if it is empty now, it was not always.
        var founderIsGone = configured[0].Id == Stamp.Self
            && seen.Values.Any(other => other.Stage == FormationStage.Forming);
        return wasWipedMidway || founderIsGone ? [Stamp.Self] : [];
    }

    private FoundingMember FoundingMemberOf(ConfiguredMember member) => new(
        member.Id,
        member.Id == Stamp.Self ? Stamp.Incarnation : seen[member.Id].Incarnation,
        member.Address);

    private bool MayFound() =>
        !joins
        && configured[0].Id == Stamp.Self
        && !wasWipedMidway
        && configured.All(member => member.Id == Stamp.Self
            || (seen.TryGetValue(member.Id, out var identity)
                && identity.Stage == FormationStage.Empty
                && identity.Members.SequenceEqual(configuredTexts, StringComparer.Ordinal)));

    /// <summary>The founder, when all have promised; any other, when one of them is formed.</summary>
    private bool MayBeFormed()
    {
        var isFounder = Stamp.Members[0].Id == Stamp.Self;
        return Others(Stamp).Any(member => HasReached(member, FormationStage.Formed))
            || (isFounder && Others(Stamp).All(member => HasReached(member, FormationStage.Forming)));
    }

    private bool HasReached(FoundingMember member, FormationStage stage) =>
        seen.TryGetValue(member.Id, out var identity)
        && identity.Incarnation == member.Incarnation
        && identity.Stage >= stage
        && string.Equals(identity.ClusterId, Stamp.ClusterId, StringComparison.Ordinal);
}
