using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Parley.Server.Api;
using Parley.Server.Guarding;

namespace Parley.Server.Hooks;

/// <summary>What a program posted, as the text of a message.</summary>
internal static class HookBody
{
    private const string Plain = "text/plain";
    private const string Json = "application/json";

    private static readonly JsonDocumentOptions JsonForm = new()
    {
        MaxDepth = HookLimits.JsonDepthMax,
        AllowDuplicateProperties = false,
    };

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, true);

    /// <exception cref="HookRefusedException">It is no text, or none in time.</exception>
    /// <exception cref="BadHttpRequestException">It is too long, or no HTTP.</exception>
    public static async Task<string> ReadAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var isJson = CheckType(http.Request.ContentType);
        using var arrival = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        arrival.CancelAfter(GuardLimits.ArrivalMax);
        using var body = new MemoryStream();
        try
        {
            await http.Request.Body.CopyToAsync(body, arrival.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HookRefusedException(
                StatusCodes.Status408RequestTimeout, "BODY_LATE", "a body within 10 seconds is expected");
        }

        return isJson ? TextOf(body) : Decode(body).TrimEnd('\r', '\n');
    }

    /// <summary>Also of a request that is refused before its body is looked at: Kestrel reads the rest of it.</summary>
    public static void Limit(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = ApiLimits.RequestBytesMax;
        }
    }

    private static bool CheckType(string? contentType)
    {
        if (MediaTypeHeaderValue.TryParse(contentType, out var type)
            && (!type.Charset.HasValue
                || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            var isJson = type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase);
            if (isJson || type.MediaType.Equals(Plain, StringComparison.OrdinalIgnoreCase))
            {
                return isJson;
            }
        }

        throw new HookRefusedException(
            StatusCodes.Status415UnsupportedMediaType, "TYPE_UNKNOWN",
            $"Content-Type: {Plain} or {Json} in UTF-8 is expected");
    }

    private static string TextOf(MemoryStream body)
    {
        try
        {
            using var document = JsonDocument.Parse(
                body.GetBuffer().AsMemory(0, (int)body.Length), JsonForm);
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("text", out var text)
                && text.ValueKind == JsonValueKind.String)
            {
                return text.GetString()!;
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The second of them: a text that is no UTF-16 is found only when it is read (System.Text.Json, .NET 10).
        }

        throw new HookRefusedException(
            StatusCodes.Status400BadRequest, "BODY_INVALID", "a JSON object with a text named \"text\" is expected");
    }

    private static string Decode(MemoryStream body)
    {
        try
        {
            // A byte order mark is no part of the text.
            return StrictUtf8.GetString(body.GetBuffer(), 0, (int)body.Length).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw new HookRefusedException(
                StatusCodes.Status400BadRequest, "BODY_INVALID", "a text in UTF-8 is expected");
        }
    }
}
