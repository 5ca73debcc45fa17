using Parley.Core;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Server.Consensus;

namespace Parley.Server.Backup;

/// <summary>
/// The data directory of a node that a lost cluster left, whose process is stopped: it is locked while this lives, and
/// not changed. State and log are copied, and the copies looked at.
/// </summary>
internal sealed class Survivor : IDisposable
{
    private const int ReadBytesMax = 4 << 20;

    /// <summary>The copy, and what the entries make of it.</summary>
    private const int StateCopies = 2;

    private readonly CopiedNode node;

    private Survivor(CopiedNode node) => this.node = node;

    /// <summary>The id of the lost cluster.</summary>
    public string Cluster => node.Stamp.ClusterId;

    public int Node => node.Stamp.Self.Value;

    /// <summary>What its state holds, and what was certainly committed.</summary>
    public long AppliedIndex => node.AppliedIndex;

    /// <summary>The last entry in its log. Of those after <see cref="AppliedIndex"/> nobody knows whether they were
    /// committed.</summary>
    public long LastIndex => Log.LastIndex.Value;

    /// <summary>That entry's term.</summary>
    public long LastTerm => (Log.FindTerm(Log.LastIndex) ?? Term.None).Value;

    /// <summary>That entry's stamp.</summary>
    public DateTimeOffset LastTime => DateTimeOffset.UnixEpoch.AddMicroseconds(
        Log.LastIndex == Log.Base.Index
            ? Log.Base.TimeUs
            : Log.ReadEntries(Log.LastIndex, Log.LastIndex, ReadBytesMax)[0].TimeUs);

    /// <summary>How many nodes voted, by the newest membership in its log.</summary>
    public int Voters => Log.Membership.Members.Count(member => member.IsVoter);

    private DurableLog Log => node.Log;

    /// <param name="dataDirectory">The node's.</param>
    /// <param name="scratchIn">A folder with room for copies of state and log.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="DataDirectoryRefusedException">The node runs, or the directory is of no use.</exception>
    /// <exception cref="LogDamagedException">See above; as the next one.</exception>
    /// <exception cref="StateDamagedException">See above.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public static Survivor Open(string dataDirectory, string scratchIn, CancellationToken cancellationToken) =>
        new(CopiedNode.Open(dataDirectory, scratchIn, StateCopies, stamp =>
        {
            DivergenceFile.Refuse(dataDirectory, stamp.Self.Value);
            RemovalFile.Refuse(dataDirectory);
        }, cancellationToken));

    /// <summary>Begins a new cluster with its state and all entries of its log.</summary>
    /// <exception cref="DataDirectoryRefusedException">The directory is not empty, not one's own, or in use.
    /// </exception>
    /// <exception cref="UnknownStateVersionException">An entry needs a newer program.</exception>
    public FoundedCluster Found(string dataDirectory, FirstMember self)
    {
        using (var state = ChatState.Open(node.StatePath))
        {
            while (state.AppliedIndex < LastIndex)
            {
                node.ApplyNext(state, LastIndex);
            }

            Raft.Invariant.Holds(state.Checkpoint() == state.AppliedIndex);
        }

        return new ClusterOfOne(dataDirectory, self).Found(path =>
        {
            File.Copy(node.StatePath, path);
            ChatState.VerifySnapshot(path);
        });
    }

    public void Dispose() => node.Dispose();
}
