using System.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>status</c>.</summary>
internal static class StatusVerb
{
    public static Command Build() => new("status", "Show every node");
}
