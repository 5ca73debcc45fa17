using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Parley.Core;
using Parley.Server.Api;

namespace Parley.Server.Hooks;

/// <summary>Answers of hooks: JSON, refusals as problem details (RFC 9457) with the names of <see cref="Reasons"/>.
/// </summary>
internal static class HookAnswer
{
    public static Task StoredAsync(HttpContext http, Outcome.MessageStored stored) => WriteAsync(
        http, StatusCodes.Status200OK, "application/json", json =>
        {
            json.WriteString("conversation", ConversationId.Format(stored.Conversation));
            json.WriteNumber("sequence", stored.Sequence);
            json.WriteNumber("log_index", stored.LogIndex);
        });

    /// <param name="http">The request.</param>
    /// <param name="reason">Of the table.</param>
    /// <param name="sentence">Instead of the reason's, or null.</param>
    /// <param name="retryAfter">When waiting helps: how long; else zero.</param>
    public static Task RefusedAsync(HttpContext http, Reason reason, string? sentence, TimeSpan retryAfter)
    {
        var status = StatusOf(reason);
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            var told = reason.WaitOf(retryAfter);
            var wait = told > TimeSpan.Zero ? told : HookLimits.RetryAfter;
            http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        var text = status == StatusCodes.Status422UnprocessableEntity
            ? $"this {IdempotencyKey.Header} came with another text before: another message needs another key"
            : sentence ?? reason.Sentence;
        return RefusedAsync(http, status, reason.Name, text);
    }

    public static Task RefusedAsync(HttpContext http, int status, string name, string sentence) => WriteAsync(
        http, status, "application/problem+json", json =>
        {
            json.WriteString("title", name);
            json.WriteNumber("status", status);
            json.WriteString("detail", sentence);
        });

    private static int StatusOf(Reason reason) => reason.Code switch
    {
        StatusCode.InvalidArgument => StatusCodes.Status400BadRequest,
        StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        StatusCode.Unauthenticated => StatusCodes.Status404NotFound,
        StatusCode.NotFound => StatusCodes.Status410Gone,
        StatusCode.Aborted => StatusCodes.Status422UnprocessableEntity,
        StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static async Task WriteAsync(HttpContext http, int status, string type, Action<Utf8JsonWriter> fill)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            fill(json);
            json.WriteEndObject();
        }

        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.ContentLength = buffer.Length;
        await http.Response.Body.WriteAsync(buffer.ToArray(), http.RequestAborted);
    }
}

/// <summary>A post that is no message, for a reason that only HTTP has.</summary>
internal sealed class HookRefusedException(int status, string name, string sentence) : Exception(sentence)
{
    /// <summary>Of HTTP.</summary>
    public int Status { get; } = status;

    public string Name { get; } = name;
}
