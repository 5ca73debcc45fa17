using Parley.Core;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Nodes;

namespace Parley.Tests.Server;

/// <summary>Members change only where no program is left that would misread it.</summary>
public sealed class OlderProgramTests
{
    private const int Before = StateVersions.ChangedMembers - 1;
    private static readonly NodeId Lost = new(3);

    [Theory]
    [InlineData(Before, "node 2 runs an older program")]
    [InlineData(0, "node 2 has not said yet")]
    public void Until_the_version_is_in_force_every_other_member_must_know_it(int second, string reason)
    {
        Assert.StartsWith(reason, Find(Before, second), StringComparison.Ordinal);
        Assert.Null(Find(Before, StateVersions.ChangedMembers));
    }

    /// <summary>A member that would not know it stops by itself.</summary>
    [Fact]
    public void Once_it_is_nobody_is_asked() => Assert.Null(Find(StateVersions.ChangedMembers, second: 0));

    /// <summary>Node 3, which is to be replaced, says nothing.</summary>
    private static string? Find(int inForce, int second) => MemberChanges.FindOlderProgram(
        inForce,
        [
            Member(1, StateVersions.ChangedMembers),
            Member(2, second),
            Member(Lost.Value, 0),
        ],
        Lost);

    private static PeerPicture Member(int id, int known) =>
        new(new NodeId(id), $"host{id}:7501", $"host{id}:7401", IsReachable: known > 0) { StateVersionMax = known };
}
