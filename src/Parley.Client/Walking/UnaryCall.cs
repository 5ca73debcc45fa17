using Grpc.Core;

namespace Parley.Client.Walking;

/// <summary>One attempt of one unary call at one node: metadata out, cluster and log index in.</summary>
internal static class UnaryCall
{
    /// <summary>The options of an attempt.</summary>
    public static CallOptions Options(
        NodeSet nodes,
        string? authorization,
        bool withSeenIndex,
        TimeSpan deadline,
        CancellationToken cancellationToken) =>
        new(nodes.Headers(authorization, withSeenIndex), DeadlineIn(deadline), cancellationToken);

    /// <summary>Waits for the answer.</summary>
    /// <exception cref="RpcException">Refused, or not answered.</exception>
    /// <exception cref="ConflictException">The node belongs to another cluster.</exception>
    public static async Task<T> AnswerAsync<T>(
        AsyncUnaryCall<T> call, NodeSet nodes, Node node, Func<T, long> logIndexOf)
    {
        using (call)
        {
            var answer = await call;
            nodes.CheckCluster(await call.ResponseHeadersAsync, node);
            nodes.Saw(logIndexOf(answer));
            return answer;
        }
    }

    /// <summary>gRPC keeps deadlines by the system's clock, whatever clock the client was given.</summary>
    public static DateTime DeadlineIn(TimeSpan deadline) => TimeProvider.System.GetUtcNow().UtcDateTime + deadline;
}
