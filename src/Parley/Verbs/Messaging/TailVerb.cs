using System.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>tail</c>.</summary>
internal static class TailVerb
{
    public static Command Build() => new("tail", "Print what arrives");
}
