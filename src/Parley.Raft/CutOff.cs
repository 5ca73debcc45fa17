namespace Parley.Raft;

/// <summary>Why nothing can be proposed from here now, although others may go on; see <see cref="LeaderWatch"/>.
/// </summary>
/// <param name="Leader">Whom the others follow; none when only too few answer.</param>
/// <param name="Witness">Who hears that leader while this node does not; the leader itself: it does not hear this
/// node. None when only too few answer.</param>
/// <param name="Answering">How many voters answer, this one included.</param>
/// <param name="Voters">How many there are.</param>
internal readonly record struct CutOff(NodeId Leader, NodeId Witness, int Answering, int Voters);
