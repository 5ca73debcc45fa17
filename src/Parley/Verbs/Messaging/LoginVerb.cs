using System.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>login</c>.</summary>
internal static class LoginVerb
{
    public static Command Build() => new("login", "Log in and keep the session for the other verbs");
}
