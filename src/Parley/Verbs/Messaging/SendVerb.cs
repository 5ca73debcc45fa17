using System.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>send</c>.</summary>
internal static class SendVerb
{
    public static Command Build() => new("send", "Send a message, or each line of standard input");
}
