namespace Parley.Raft.Formation;

/// <summary>
/// How empty nodes become one cluster exactly once, as a pure state machine (no I/O, clock or randomness); DESIGN §5.
/// One owner calls it, from any thread but one at a time: after each input it takes <see cref="TakeReady"/> until that
/// is null and does what it says. While <see cref="IsSettled"/> is false the owner asks all other members to Identify,
/// again and again (some 200 ms apart), and feeds each answer in: what was lost is then offered again by itself.
/// Identify calls from others are answered from <see cref="Identity"/> at any time. When <see cref="Notice"/> changes
/// its text is for the operator.
/// </summary>
internal sealed class FormationCore
{
    /// <summary>Starts from the stamp on disk.</summary>
    /// <param name="stamp">As synced in the data directory.</param>
    /// <param name="configured">The list this node was started with, itself included, ascending by id.</param>
    /// <param name="drawnClusterId">32 random hexadecimal digits; used only when this node founds the cluster.</param>
    public FormationCore(NodeStamp stamp, IReadOnlyList<ConfiguredMember> configured, string drawnClusterId) =>
        throw new NotSupportedException("not built yet");

    /// <summary>The stamp that is on disk.</summary>
    public NodeStamp Stamp => throw new NotSupportedException("not built yet");

    /// <summary>What this node answers to Identify: only what is on disk.</summary>
    public FormationIdentity Identity => throw new NotSupportedException("not built yet");

    public FormationNotice Notice => throw new NotSupportedException("not built yet");

    /// <summary>This node belongs to its cluster (synced): consensus may start with
    /// <see cref="NodeStamp.InitialMark"/>.</summary>
    public bool IsFormed => throw new NotSupportedException("not built yet");

    /// <summary>Formed, and all founding members were seen formed: nothing more to do, no need to ask.</summary>
    public bool IsSettled => throw new NotSupportedException("not built yet");

    /// <summary>A member answered to Identify. An answer of a node that is not a member is ignored.</summary>
    public void Identified(FormationIdentity identity) => throw new NotSupportedException("not built yet");

    /// <summary>A member did not answer to Identify.</summary>
    public void Unreachable(NodeId member) => throw new NotSupportedException("not built yet");

    /// <summary>A Form call came in; its answer comes in a <see cref="FormationReply"/> with this number, always.
    /// </summary>
    public void OfferReceived(long call, FormationOffer offer) => throw new NotSupportedException("not built yet");

    /// <summary>A Form call of ours was answered. (One that failed needs no word.)</summary>
    public void OfferAnswered(FormationCall call, bool accepted, string reason) =>
        throw new NotSupportedException("not built yet");

    /// <summary>The last <see cref="FormationReady.StampToSync"/> is on disk.</summary>
    public void StampSynced() => throw new NotSupportedException("not built yet");

    /// <summary>What is to be done now; null when nothing.</summary>
    public FormationReady? TakeReady() => throw new NotSupportedException("not built yet");
}
