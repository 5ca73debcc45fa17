using Microsoft.Extensions.Logging;
using Parley.Server.Consensus;

namespace Parley.Server;

/// <summary>Log messages of the client-facing side: events 3000 to 3999.</summary>
internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Error, "{Method} failed; the client was told INTERNAL")]
    public static partial void CallFailed(ILogger logger, string method, Exception exception);

    [LoggerMessage(3002, LogLevel.Information, "A delivery stream of session {Session} was cut: unread for too long")]
    public static partial void UnreadStreamCut(ILogger logger, long session);

    [LoggerMessage(3003, LogLevel.Information, "{Count} sessions are asked to end: not heard from for their lease")]
    public static partial void SessionsExpire(ILogger logger, int count);

    [LoggerMessage(3004, LogLevel.Debug, "Housekeeping was put off: {Reason}")]
    public static partial void HousekeepingPutOff(ILogger logger, NotDoneReason reason);

    [LoggerMessage(3005, LogLevel.Information, "{Method} was sent something that is no protobuf of its type")]
    public static partial void RequestUnreadable(ILogger logger, string method);
}
