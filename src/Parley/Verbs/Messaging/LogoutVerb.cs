using System.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>logout</c>.</summary>
internal static class LogoutVerb
{
    public static Command Build() => new("logout", "End the stored session");
}
