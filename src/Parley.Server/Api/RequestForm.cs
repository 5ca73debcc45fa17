using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Parley.Server.Api;

/// <summary>
/// What no client of any version sends, whatever the call: the framework leaves a deadline that is none away, and keeps
/// every field that it does not know.
/// </summary>
internal static class RequestForm
{
    /// <summary>The least that a field takes: a byte of tag, a byte of value.</summary>
    private const int FieldBytesMin = 2;

    private const int TimeoutDigitsMax = 8;
    private const string TimeoutHeader = "grpc-timeout";
    private const string TimeoutUnits = "HMSmun";

    /// <summary>The deadline's header, as gRPC over HTTP/2 writes it ("Requests", Timeout).</summary>
    /// <exception cref="RefusedException">ARGUMENT_INVALID: it is something else.</exception>
    public static void CheckDeadline(HttpContext http)
    {
        foreach (var header in http.Request.Headers[TimeoutHeader])
        {
            if (!IsTimeout(header))
            {
                throw new RefusedException(
                    Reasons.ArgumentInvalid,
                    $"{TimeoutHeader}: 1 to {TimeoutDigitsMax} digits and one of {TimeoutUnits} are expected");
            }
        }
    }

    /// <summary>Fields of a later protocol are left alone; so many that they are nothing but work are refused.
    /// </summary>
    /// <exception cref="RefusedException">ARGUMENT_INVALID: more than <see cref="ApiLimits.RequestFieldsMax"/>.
    /// </exception>
    public static void CheckFields(object request)
    {
        const int AlwaysFits = FieldBytesMin * ApiLimits.RequestFieldsMax;
        if (request is not IMessage message || message.CalculateSize() <= AlwaysFits)
        {
            return;
        }

        var left = ApiLimits.RequestFieldsMax;
        if (!Fit(message.ToByteString().CreateCodedInput(), message.Descriptor, ref left))
        {
            throw new RefusedException(
                Reasons.ArgumentInvalid,
                $"fields: at most {ApiLimits.RequestFieldsMax} in a request are expected, known or not");
        }
    }

    private static bool IsTimeout(string? text) =>
        text is { Length: > 1 and <= TimeoutDigitsMax + 1 }
        && TimeoutUnits.Contains(text[^1], StringComparison.Ordinal)
        && !text.AsSpan(0, text.Length - 1).ContainsAnyExceptInRange('0', '9');

    /// <summary>Counts down over the fields of a message and of those in it. It has been read once: it is well formed,
    /// and not too deep.</summary>
    /// <param name="input">Ends with the message, or stands in a group.</param>
    /// <param name="type">Null: of an unknown group.</param>
    /// <param name="left">How many there may be still.</param>
    private static bool Fit(CodedInputStream input, MessageDescriptor? type, ref int left)
    {
        while (input.ReadTag() is var tag and not 0 && WireFormat.GetTagWireType(tag) is var wire
            && wire != WireFormat.WireType.EndGroup)
        {
            if (--left < 0)
            {
                return false;
            }

            if (wire == WireFormat.WireType.StartGroup)
            {
                if (!Fit(input, type: null, ref left))
                {
                    return false;
                }
            }
            else if (wire == WireFormat.WireType.LengthDelimited
                && type?.FindFieldByNumber(WireFormat.GetTagFieldNumber(tag)) is { FieldType: FieldType.Message } field)
            {
                if (!Fit(input.ReadBytes().CreateCodedInput(), field.MessageType, ref left))
                {
                    return false;
                }
            }
            else
            {
                input.SkipLastField();
            }
        }

        return true;
    }
}

/// <summary>A stream of requests, each of which is looked at before its handler sees it.</summary>
internal sealed class CheckedRequests<TRequest>(IAsyncStreamReader<TRequest> requests) : IAsyncStreamReader<TRequest>
    where TRequest : class
{
    public TRequest Current => requests.Current;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (!await requests.MoveNext(cancellationToken))
        {
            return false;
        }

        RequestForm.CheckFields(requests.Current);
        return true;
    }
}
