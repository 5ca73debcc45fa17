using Parley.Raft;
using Parley.Server.Consensus;

namespace Parley.Tests.Server;

/// <summary>Which state version a leader may raise to.</summary>
public sealed class VersionRaiserTests
{
    [Fact]
    public void It_is_what_every_member_knows_and_none_while_one_has_not_said()
    {
        Assert.Equal(2, VersionRaiser.FindCommon(Picture(2, 3, 2)));
        Assert.Equal(1, VersionRaiser.FindCommon(Picture(2, 1, 2)));
        Assert.Equal(0, VersionRaiser.FindCommon(Picture(2, 0, 2)));
        Assert.Equal(0, VersionRaiser.FindCommon(Picture()));
    }

    private static NodePicture Picture(params int[] versions) => new()
    {
        ClusterId = "",
        Self = new NodeId(1),
        IsFormed = true,
        Role = RaftRole.Leader,
        Leader = new NodeId(1),
        Term = 1,
        CommitIndex = 1,
        Members =
        [
            .. versions.Select((version, at) => new PeerPicture(new NodeId(at + 1), "", "", IsReachable: true)
            {
                StateVersionMax = version,
            }),
        ],
        Voters = versions.Length,
        ReachableVoters = versions.Length,
        FaultsTolerated = 0,
        NotServingFor = null,
        IsDraining = false,
        Warnings = [],
    };
}
