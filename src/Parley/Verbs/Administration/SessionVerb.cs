using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Verbs.Messaging;

namespace Parley.Verbs.Administration;

/// <summary>The verb <c>session</c>: ends others' sessions.</summary>
internal static class SessionVerb
{
    public static Command Build() => new Command("session", "End others' sessions; for administrators")
    {
        AccountActs.Build("end", AccountAct.EndSession, "ended the session of", "End its session on every node"),
    }.WithExamples("parley session end carol --as alice");
}
