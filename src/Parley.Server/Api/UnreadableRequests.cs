using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Server.Guarding;

namespace Parley.Server.Api;

/// <summary>
/// A request that is no message of its type must be INVALID_ARGUMENT. The framework reads it before any interceptor
/// runs and answers UNKNOWN when it is no protobuf (Grpc.AspNetCore.Server 2.85,
/// HttpContextServerCallContext.ProcessHandlerError), INTERNAL when its frames are cut short, doubled, or of no known
/// compression (PipeExtensions there). As <see cref="CallGate"/> lets nothing else out with the one status, and the
/// other not without details, it can only mean this.
/// </summary>
internal static class UnreadableRequests
{
    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";
    private const string DetailsHeader = "grpc-status-details-bin";

    private static readonly string Unknown = Format(StatusCode.Unknown);
    private static readonly string Internal = Format(StatusCode.Internal);
    private static readonly string InvalidArgument = Format(StatusCode.InvalidArgument);
    private static readonly Reason Reason = Reasons.ArgumentInvalid;

    private static readonly Correction Wrong = new(Reason.Sentence);
    private static readonly Correction Late = new(
        $"the request is expected whole within {GuardLimits.ArrivalMax.TotalSeconds:0} s, and was not");

    /// <summary>Wraps an endpoint; <see cref="RequestArrival"/> goes around it.</summary>
    public static void Answer(EndpointBuilder endpoint)
    {
        if (endpoint.RequestDelegate is not { } answer)
        {
            return;
        }

        endpoint.RequestDelegate = async http =>
        {
            await answer(http);
            var isLate = http.Features.Get<RequestArrival>() is { IsLate: true };
            var correction = isLate ? Late : Wrong;
            var isCorrected = TryCorrect(http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers, correction)
                || (!http.Response.HasStarted && TryCorrect(http.Response.Headers, correction));

            // Else it was cut off, not wrong.
            if (isCorrected && !isLate && !http.RequestAborted.IsCancellationRequested)
            {
                var logger = http.RequestServices.GetRequiredService<ILogger<CallGate>>();
                Log.RequestUnreadable(logger, http.Request.Path);
            }
        };
    }

    private static bool TryCorrect(IHeaderDictionary? headers, Correction correction)
    {
        if (headers is null || headers.IsReadOnly || !IsFrameworks(headers))
        {
            return false;
        }

        headers[StatusHeader] = InvalidArgument;
        headers[MessageHeader] = correction.Sentence;
        headers[DetailsHeader] = correction.Details;
        return true;
    }

    private static bool IsFrameworks(IHeaderDictionary headers) =>
        headers[StatusHeader] == Unknown
        || (headers[StatusHeader] == Internal && headers[DetailsHeader].Count == 0);

    private static string Format(StatusCode code) => ((int)code).ToString(CultureInfo.InvariantCulture);

    /// <summary>What is told instead.</summary>
    private sealed record Correction(string Sentence)
    {
        public string Details { get; } =
            Convert.ToBase64String(Reason.ToStatus(Sentence, TimeSpan.Zero).ToByteArray());
    }
}
