using Grpc.Core;

namespace Parley.Client.Walking;

/// <summary>How a stream's break shows. Grpc.Net.Client 2.85 does not wrap all of them: a reset comes out of WriteAsync
/// as the HTTP client's own IOException, a finished call as InvalidOperationException.</summary>
internal static class StreamFailures
{
    public static bool IsOne(Exception exception) => exception is
        RpcException or IOException or HttpRequestException or InvalidOperationException or OperationCanceledException;
}
