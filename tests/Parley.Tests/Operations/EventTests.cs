using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Parley.Server.Hosting;
using Parley.Tests.Repository;

namespace Parley.Tests.Operations;

/// <summary>The table of events says what the program logs, no more and no less.</summary>
public sealed partial class EventTests
{
    [Fact]
    public void Every_event_is_documented()
    {
        var documented = Row().Matches(SourceFiles.Read("docs/events.md")).Select(row => row.Value);
        var logged = typeof(ServerOptions).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>()
            .OrderBy(logs => logs.EventId)
            .Select(logs => $"| {logs.EventId} | {logs.Level} | {logs.Message} |").ToList();

        Assert.Equal(logged.Count, logged.Distinct().Count());
        Assert.Equal(logged, documented);
    }

    [GeneratedRegex(@"^\| \d+ \| .+ \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
