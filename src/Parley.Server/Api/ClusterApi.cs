using Grpc.Core;
using Parley.Protocol.Chat.V1;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Hosting;
using Parley.Server.Operations;
using MemberNode = Parley.Protocol.Chat.V1.Node;

namespace Parley.Server.Api;

/// <summary>What this node knows of itself and the others; asks nobody and never waits, unless it is to be confirmed.
/// </summary>
internal sealed class ClusterApi(
    NodeView view, StateAccess state, NodeConditions conditions, ReadIndexer reads, DigestWatch digests)
    : ClusterService.ClusterServiceBase
{
    public override async Task<GetClusterResponse> GetCluster(GetClusterRequest request, ServerCallContext context)
    {
        if (request.Confirmed)
        {
            await reads.WaitAsync(context.CancellationToken);
            if (!digests.MayBeCopied)
            {
                throw new RefusedException(Reasons.StatesDiffer);
            }
        }

        var picture = view.Current;
        var (digestIndex, digest) = state.Digest;
        var response = new GetClusterResponse
        {
            ClusterId = picture.ClusterId,
            NodeId = picture.Self.Value,
            Role = ToRole(picture),
            Leader = picture.Leader.Value,
            Term = picture.Term,
            CommitIndex = picture.CommitIndex,
            AppliedIndex = state.AppliedIndex,
            FaultsTolerated = picture.FaultsTolerated,
            Digest = digest.ToString(),
            DigestIndex = digestIndex,
            Version = ProgramVersion.Text,
            Voters = picture.Voters,
            ReachableVoters = picture.ReachableVoters,
            Condition = conditions.Describe(),
            Serving = picture.IsServing,
            Confirmed = request.Confirmed,
        };
        response.Warnings.Add(picture.Warnings);
        foreach (var member in picture.Members.OrderBy(member => member.Id.Value))
        {
            response.Nodes.Add(new MemberNode
            {
                Id = member.Id.Value,
                ClientAddress = member.ClientAddress,
                Reachable = member.IsReachable,
                Learner = picture.IsFormed && !member.IsVoter,
                NodeAddress = member.NodeAddress,
            });
        }

        return response;
    }

    private static NodeRole ToRole(NodePicture picture)
    {
        if (!picture.IsFormed)
        {
            return NodeRole.Waiting;
        }

        return picture.Role switch
        {
            RaftRole.Leader => NodeRole.Leader,
            RaftRole.Candidate or RaftRole.PreCandidate => NodeRole.Candidate,
            _ when picture.Members.Any(member => member.Id == picture.Self && !member.IsVoter) => NodeRole.Learner,
            _ => NodeRole.Follower,
        };
    }
}
