using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;
using Parley.Core;
using Parley.Server.Consensus;
using Parley.Server.Guarding;
using Parley.Server.Hosting;
using Parley.Server.Operations;

namespace Parley.Server.Api;

/// <summary>
/// Stands before every call of the client services: lets it in by <see cref="CallLimits"/> and
/// <see cref="SessionGate"/>, and turns whatever it ends
/// with into the status of the one table. Nothing else leaves a handler.
/// </summary>
internal sealed class CallGate(
    SessionGate sessions, CallLimits limits, NodeMetrics metrics, ILogger<CallGate> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            using var place = await EnterAsync(context);
            RequestForm.CheckFields(request);
            var answer = await continuation(request, context);
            metrics.Called(context.Method, StatusCode.OK);
            return answer;
        }
        catch (Exception exception)
        {
            throw Count(Translate(exception, context), context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            using var place = await EnterAsync(context);
            RequestForm.CheckFields(request);
            await continuation(request, responseStream, context);
            metrics.Called(context.Method, StatusCode.OK);
        }
        catch (Exception exception)
        {
            throw Count(Translate(exception, context), context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            using var place = await EnterAsync(context);
            await continuation(new CheckedRequests<TRequest>(requestStream), responseStream, context);
            metrics.Called(context.Method, StatusCode.OK);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            // The framework reads the requests inside the handler: a frame longer than any can be, or with a flag that
            // there is not (Grpc.AspNetCore.Server 2.85, PipeExtensions). Or the client has gone and reads no answer.
            throw Count(Reasons.ArgumentInvalid.ToRpcException(sentence: null, TimeSpan.Zero), context);
        }
        catch (Exception exception)
        {
            throw Count(Translate(exception, context), context);
        }
    }

    private RpcException Count(RpcException end, ServerCallContext context)
    {
        metrics.Called(context.Method, end.StatusCode);
        return end;
    }

    private async ValueTask<CallPlace> EnterAsync(ServerCallContext context)
    {
        var http = context.GetHttpContext();
        http.Features.Get<RequestArrival>()?.Dispose();
        var place = limits.Enter(http);
        try
        {
            RequestForm.CheckDeadline(http);
            await sessions.AdmitAsync(http, place, AccessTable.Of(context.Method), context.CancellationToken);
            return place;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    private RpcException Translate(Exception exception, ServerCallContext context)
    {
        switch (exception)
        {
            case RpcException known:
                return known;
            case RefusedException refused:
                return refused.Reason.ToRpcException(refused.Message, refused.RetryAfter);
            case NotDoneException notDone:
                return Reasons.Of(notDone.Reason).ToRpcException(notDone.Message, TimeSpan.Zero);
            case InvalidProtocolBufferException:
                return Reasons.ArgumentInvalid.ToRpcException(sentence: null, TimeSpan.Zero);
        }

        if (exception is InvariantBrokenException)
        {
            ProcessEnd.Fail(context.Method, exception);
        }

        if (context.CancellationToken.IsCancellationRequested)
        {
            // The client has gone, or its deadline has passed: nobody reads this.
            return new RpcException(new Status(StatusCode.Cancelled, "the call was given up"));
        }

        Log.CallFailed(logger, context.Method, exception);
        return Reasons.Internal.ToRpcException(sentence: null, TimeSpan.Zero);
    }
}
