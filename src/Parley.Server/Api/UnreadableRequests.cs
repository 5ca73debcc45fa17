using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Parley.Server.Api;

/// <summary>
/// A request that is no protobuf of its type must be INVALID_ARGUMENT. The framework reads it before any interceptor
/// runs and answers UNKNOWN (Grpc.AspNetCore.Server 2.85, HttpContextServerCallContext.ProcessHandlerError); as
/// <see cref="CallGate"/> lets nothing else out with that status, it can only mean this.
/// </summary>
internal static class UnreadableRequests
{
    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";

    private static readonly string Unknown = Format(StatusCode.Unknown);
    private static readonly string InvalidArgument = Format(StatusCode.InvalidArgument);

    /// <summary>Wraps an endpoint.</summary>
    public static void Answer(EndpointBuilder endpoint)
    {
        if (endpoint.RequestDelegate is not { } answer)
        {
            return;
        }

        endpoint.RequestDelegate = async http =>
        {
            await answer(http);
            Correct(http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers);
            if (!http.Response.HasStarted)
            {
                Correct(http.Response.Headers);
            }
        };
    }

    private static void Correct(IHeaderDictionary? headers)
    {
        if (headers is not null && !headers.IsReadOnly && headers[StatusHeader] == Unknown)
        {
            headers[StatusHeader] = InvalidArgument;
            headers[MessageHeader] = "the request cannot be read: it is no protobuf of its type";
        }
    }

    private static string Format(StatusCode code) => ((int)code).ToString(CultureInfo.InvariantCulture);
}
