using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Parley.Server.Api;

/// <summary>One row of the table of refusals (<see cref="Reasons"/>): what a client is told.</summary>
/// <param name="Name">ErrorInfo's reason, UPPER_SNAKE_CASE; a name keeps its meaning for ever.</param>
/// <param name="Code">The gRPC status that goes with it.</param>
/// <param name="Sentence">For people: expected, found, what to do.</param>
internal sealed record Reason(string Name, StatusCode Code, string Sentence)
{
    /// <summary>ErrorInfo's domain.</summary>
    public const string Domain = "parley";

    /// <summary>What a client is told to wait where the refusal itself does not say; zero: waiting does not help.
    /// </summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>The same refusal as a call that failed (AIP-193: google.rpc.Status with ErrorInfo).</summary>
    /// <param name="sentence">Instead of <see cref="Sentence"/>, or null.</param>
    /// <param name="retryAfter">When waiting helps: how long; else zero.</param>
    public RpcException ToRpcException(string? sentence, TimeSpan retryAfter) =>
        ToStatus(sentence, retryAfter).ToRpcException();

    /// <summary>What the refusal says, else what the table does.</summary>
    public TimeSpan WaitOf(TimeSpan retryAfter) => retryAfter > TimeSpan.Zero ? retryAfter : RetryAfter;

    /// <summary>As <see cref="ToRpcException"/>, not thrown.</summary>
    public Google.Rpc.Status ToStatus(string? sentence, TimeSpan retryAfter)
    {
        var status = new Google.Rpc.Status { Code = (int)Code, Message = sentence ?? Sentence };
        status.Details.Add(Any.Pack(new ErrorInfo { Domain = Domain, Reason = Name }));
        if (WaitOf(retryAfter) is var wait && wait > TimeSpan.Zero)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(wait) }));
        }

        return status;
    }
}

/// <summary>A handler refuses; the gate of all calls turns it into the row's status.</summary>
internal sealed class RefusedException(Reason reason, string? sentence = null, TimeSpan retryAfter = default)
    : Exception(sentence ?? reason.Sentence)
{
    public Reason Reason { get; } = reason;

    public TimeSpan RetryAfter { get; } = retryAfter;
}
