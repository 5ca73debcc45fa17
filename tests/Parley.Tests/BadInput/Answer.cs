using System.Reflection;
using System.Text.Json;
using Grpc.Core;
using Parley.Server.Api;

namespace Parley.Tests.BadInput;

/// <summary>Answers as tables have them: <c>CODE REASON: sentence</c>.</summary>
internal static class Answer
{
    /// <summary>The server's table of refusals, by reason.</summary>
    private static readonly Dictionary<string, Reason> Table = typeof(Reasons)
        .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        .Select(field => field.GetValue(null))
        .OfType<Reason>()
        .ToDictionary(reason => reason.Name, StringComparer.Ordinal);

    /// <summary>What a call was answered.</summary>
    public static async Task<string> OfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return Row.Ok;
        }
        catch (RpcException refused)
        {
            return Of(refused);
        }
        catch (BareAnswerException bare)
        {
            return bare.Message;
        }
    }

    public static string Of(RpcException refused)
    {
        var reason = refused.GetRpcStatus()?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason;
        return Of(refused.StatusCode, reason, refused.Status.Detail);
    }

    public static string Of(StatusCode code, string? reason, string sentence)
    {
        var name = JsonNamingPolicy.SnakeCaseUpper.ConvertName(code.ToString());
        return reason is null ? $"{name}: {sentence}" : $"{name} {reason}: {sentence}";
    }

    /// <summary>An answer of a table with its sentence.</summary>
    public static string Complete(string expected)
    {
        if (expected.Contains(':', StringComparison.Ordinal)
            || !Table.TryGetValue(expected.Split(' ')[^1], out var reason))
        {
            return expected;
        }

        return $"{expected}: {reason.Sentence}";
    }
}

/// <summary>What was answered instead of a gRPC status.</summary>
internal sealed class BareAnswerException(string answer) : Exception(answer);
