using System.IO.Pipelines;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Guarding;

/// <summary>
/// How long a request of one message may take to arrive whole: the framework reads it before any gate counts it, and
/// would wait for ever. Streams of requests have no such bound. A feature of the call until it ends.
/// </summary>
internal sealed class RequestArrival : IDisposable
{
    private readonly Lock gate = new();
    private readonly PipeReader body;
    private readonly ITimer timer;
    private bool isOver;

    private RequestArrival(PipeReader body, TimeProvider time)
    {
        this.body = body;
        timer = time.CreateTimer(_ => OnTime(), state: null, GuardLimits.ArrivalMax, Timeout.InfiniteTimeSpan);
    }

    /// <summary>It was given up.</summary>
    public bool IsLate { get; private set; }

    /// <summary>Wraps an endpoint of gRPC.</summary>
    public static void Bound(EndpointBuilder endpoint)
    {
        var type = endpoint.Metadata.OfType<GrpcMethodMetadata>().FirstOrDefault()?.Method.Type;
        if (endpoint.RequestDelegate is not { } answer || type is not (MethodType.Unary or MethodType.ServerStreaming))
        {
            return;
        }

        endpoint.RequestDelegate = async http =>
        {
            using var arrival = new RequestArrival(
                http.Request.BodyReader, http.RequestServices.GetRequiredService<TimeProvider>());
            http.Features.Set(arrival);
            await answer(http);
        };
    }

    /// <summary>It is here.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isOver = true;
        }

        timer.Dispose();
    }

    private void OnTime()
    {
        // Under the lock: the body belongs to another request once this one has ended.
        lock (gate)
        {
            if (!isOver)
            {
                IsLate = true;
                body.CancelPendingRead();
            }
        }
    }
}
