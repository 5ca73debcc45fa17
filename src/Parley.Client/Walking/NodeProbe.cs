using Grpc.Core;
using Parley.Protocol.Chat.V1;
using WireCondition = Parley.Protocol.Chat.V1.NodeCondition;

namespace Parley.Client.Walking;

/// <summary>Asks a node what it knows, without a session.</summary>
internal static class NodeProbe
{
    /// <summary>Null when it does not answer within the deadline.</summary>
    public static async Task<NodeReport?> FindReportAsync(
        Node node, TimeSpan deadline, CancellationToken cancellationToken)
    {
        try
        {
            using var call = Ask(node, deadline, cancellationToken);
            return ToReport(node.Address, await call);
        }
        catch (RpcException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    /// <summary>Whether it answers within the deadline, be it that this address asks too often.</summary>
    public static async Task<bool> IsAliveAsync(Node node, TimeSpan deadline, CancellationToken cancellationToken)
    {
        try
        {
            using var call = Ask(node, deadline, cancellationToken);
            await call;
            return true;
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Refusal.Of(exception).NodeAnswered;
        }
    }

    /// <summary>The answer as callers of the library see it.</summary>
    public static NodeReport ToReport(string address, GetClusterResponse answer) => new()
    {
        Address = address,
        ClusterId = answer.ClusterId,
        Id = answer.NodeId,
        Role = answer.Role switch
        {
            NodeRole.Waiting => "waiting",
            NodeRole.Follower => "follower",
            NodeRole.Candidate => "candidate",
            NodeRole.Leader => "leader",
            NodeRole.Learner => "learner",
            _ => "unknown",
        },
        Leader = answer.Leader,
        Term = answer.Term,
        CommitIndex = answer.CommitIndex,
        AppliedIndex = answer.AppliedIndex,
        FaultsTolerated = answer.FaultsTolerated,
        IsServing = answer.HasServing ? answer.Serving : answer is { Leader: > 0, FaultsTolerated: >= 0 },
        Digest = answer.Digest,
        DigestIndex = answer.DigestIndex,
        Version = answer.Version,
        Voters = answer.Voters,
        ReachableVoters = answer.ReachableVoters,
        Members =
        [
            .. answer.Nodes.Select(node => new NodeMember(node.Id, node.ClientAddress, node.Reachable)
            {
                IsLearner = node.Learner,
                NodeAddress = node.NodeAddress,
            }),
        ],
        Warnings = [.. answer.Warnings],
        Condition = answer.Condition is { } condition ? ToCondition(condition) : null,
    };

    private static AsyncUnaryCall<GetClusterResponse> Ask(
        Node node, TimeSpan deadline, CancellationToken cancellationToken) => node.Cluster.GetClusterAsync(
            new GetClusterRequest(),
            deadline: UnaryCall.DeadlineIn(deadline),
            cancellationToken: cancellationToken);

    private static NodeCondition ToCondition(WireCondition condition) => new()
    {
        Uptime = Times.SpanOfSeconds(condition.UptimeSeconds),
        DiskUsedBytes = condition.DiskUsedBytes,
        DiskFreeBytes = condition.DiskFreeBytes,
        DiskTotalBytes = condition.DiskTotalBytes,
        Clients = condition.Clients,
        AgreedIndex = condition.AgreedIndex,
        Process = condition.Process,
        ClockOffset = condition.HasClockOffsetUs ? Times.SpanOfMicroseconds(condition.ClockOffsetUs) : null,
    };
}
