using System.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>history</c>.</summary>
internal static class HistoryVerb
{
    public static Command Build() => new("history", "Print a conversation");
}
