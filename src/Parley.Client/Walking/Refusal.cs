using System.Net.Sockets;
using System.Security.Authentication;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Parley.Protocol.Chat.V1;

namespace Parley.Client.Walking;

/// <summary>What to do after an attempt that was not answered with success.</summary>
internal enum Verdict
{
    None = 0,

    /// <summary>The answer is final.</summary>
    Final = 1,

    /// <summary>The same again, at another node.</summary>
    Elsewhere = 2,

    /// <summary>The same again, here, after <see cref="Refusal.RetryAfter"/>.</summary>
    Wait = 3,

    /// <summary>A send before this one is missing: repeat from the first unanswered.</summary>
    OutOfOrder = 4,

    /// <summary>This client number is of no use any more: take a new one.</summary>
    NewClient = 5,
}

/// <summary>A refusal as it came: by the status of a call, or by the result of one message of a stream.</summary>
/// <param name="Code">The gRPC status.</param>
/// <param name="Reason">ErrorInfo's reason; empty when none came.</param>
/// <param name="Message">For people.</param>
/// <param name="RetryAfter">When waiting helps: how long.</param>
/// <param name="NeverSent">No connection came to be: no node has seen the request.</param>
internal readonly record struct Refusal(
    StatusCode Code, string Reason, string Message, TimeSpan RetryAfter, bool NeverSent)
{
    /// <summary>Reasons that say that this attempt was not done and will not be: nothing was proposed, or Apply refused
    /// it.</summary>
    private static readonly HashSet<string> LeftNoTrace = new(StringComparer.Ordinal)
    {
        "NO_MAJORITY", "OVERLOADED", "DRAINING", "NODE_BEHIND", "NOT_SERVING", "TOO_LATE", "RATE_LIMITED",
        "TOO_MANY_LOGINS", "LOGIN_DELAYED", "TOO_MANY_CALLS", "TOO_MANY_CONNECTIONS", "NODES_TOO_OLD",
        "PASSWORD_CHANGED", "COMMAND_REFUSED",
    };

    /// <summary>Why whoever answered is not taken for a node of the cluster, as a sentence; null otherwise. Asking it
    /// again will not help.</summary>
    public string? Distrust { get; init; }

    /// <summary>The next step.</summary>
    public Verdict Verdict => Reason switch
    {
        "OUT_OF_ORDER" => Verdict.OutOfOrder,
        "CLIENT_FORGOTTEN" or "MESSAGE_ID_REUSED" => Verdict.NewClient,
        "TOO_LATE" or "PASSWORD_CHANGED" => Verdict.Elsewhere,
        "RATE_LIMITED" or "TOO_MANY_CALLS" => Verdict.Wait,
        "TOO_MANY_LOGINS" or "TOO_MANY_CONNECTIONS" => Verdict.Elsewhere,
        _ => Code switch
        {
            StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal or StatusCode.Unknown
                or StatusCode.Cancelled or StatusCode.DataLoss or StatusCode.OK => Verdict.Elsewhere,
            _ => Verdict.Final,
        },
    };

    /// <summary>Whether the attempt may have been taken all the same.</summary>
    public bool MayHaveArrived => !NeverSent && Verdict == Verdict.Elsewhere && !LeftNoTrace.Contains(Reason);

    /// <summary>The session is over: nothing can be done in its name any more.</summary>
    public bool EndsSession => string.Equals(Reason, "SESSION_ENDED", StringComparison.Ordinal);

    /// <summary>Whether a node answered at all.</summary>
    public bool NodeAnswered => Reason.Length > 0;

    /// <summary>A call that failed.</summary>
    public static Refusal Of(RpcException exception)
    {
        var (reason, message, retryAfter) = FindDetails(exception) ?? ("", exception.Status.Detail, TimeSpan.Zero);
        return new Refusal(exception.StatusCode, reason, message, retryAfter, IsConnectFailure(exception))
        {
            Distrust = FindDistrust(exception),
        };
    }

    /// <summary>The result of one message of a stream.</summary>
    public static Refusal Of(SendError error) => new(
        (StatusCode)error.Code,
        error.Reason,
        error.Message,
        Times.WaitOfMilliseconds(error.RetryAfterMs),
        NeverSent: false);

    /// <summary>The failure a caller sees when the answer is final.</summary>
    public ParleyException ToException()
    {
        var reason = Reason.Length > 0 ? Reason : Code.ToString().ToUpperInvariant();
        return Code switch
        {
            _ when string.Equals(reason, "ALREADY_ANSWERED", StringComparison.Ordinal) =>
                new OutcomeUnknownException(reason, Message),
            StatusCode.Unauthenticated => new NotAuthenticatedException(reason, Message),
            StatusCode.NotFound => new NotFoundException(reason, Message),
            StatusCode.AlreadyExists or StatusCode.Aborted or StatusCode.FailedPrecondition =>
                new ConflictException(reason, Message),
            StatusCode.ResourceExhausted when RetryAfter > TimeSpan.Zero => new RefusedException(
                reason, FormattableString.Invariant($"{Message} (again in {Math.Ceiling(RetryAfter.TotalSeconds)} s)")),
            _ => new RefusedException(reason, Message),
        };
    }

    /// <summary>Null when there are none, or what came in their place is something else.</summary>
    private static (string Reason, string Message, TimeSpan RetryAfter)? FindDetails(RpcException exception)
    {
        try
        {
            return exception.GetRpcStatus() is { } status
                ? (status.GetDetail<ErrorInfo>()?.Reason ?? "", status.Message, WaitOf(status.GetDetail<RetryInfo>()))
                : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static TimeSpan WaitOf(RetryInfo? info) => info?.RetryDelay is { } delay
        ? Times.WaitOfMilliseconds((delay.Seconds * 1e3) + (delay.Nanos / 1e6))
        : TimeSpan.Zero;

    private static string? FindDistrust(RpcException exception)
    {
        var first = exception.Status.DebugException ?? exception.InnerException;
        for (var cause = first; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return cause.Message;
            }
        }

        return null;
    }

    private static bool IsConnectFailure(RpcException exception)
    {
        var first = exception.Status.DebugException ?? exception.InnerException;
        for (var cause = first; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }:
                case HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError }:
                case HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }:
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                case TimeoutException: // SocketsHttpHandler's ConnectTimeout; a call's deadline comes without one.
                    return true;
            }
        }

        return false;
    }
}
