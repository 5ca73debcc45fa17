using System.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>account</c>.</summary>
internal static class AccountVerb
{
    public static Command Build() => new("account", "Create, delete and list accounts");
}
