using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Parley.Server.Hosting;

/// <summary>A node's log: to stderr, a line an event, for people or as JSON.</summary>
internal static class LogLines
{
    private const string TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";

    public static void AddTo(ILoggingBuilder logging, bool areJson)
    {
        if (areJson)
        {
            logging.AddJsonConsole(console =>
            {
                console.TimestampFormat = TimestampFormat;
                console.UseUtcTimestamp = true;
            });
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.ColorBehavior = LoggerColorBehavior.Disabled;
                console.TimestampFormat = $"{TimestampFormat} ";
                console.UseUtcTimestamp = true;
            });
        }

        // A host that cannot start says so itself, in one sentence.
        logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        logging.Services.Configure<ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
