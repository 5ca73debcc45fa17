using System.Globalization;
using Parley.Server.Backup;
using Parley.Terminal;

namespace Parley.Verbs.Backup;

/// <summary>Tells of a cluster that was begun with a state, and what to do next.</summary>
internal static class FoundedText
{
    public static void Write(RowWriter rows, TextWriter error, FoundedCluster founded, string directory)
    {
        var id = founded.Node.Id;
        rows.Write(() => Json(founded, directory), () => Sanitizer.Line(Say(
            $"cluster {founded.Id} begins after #{founded.AppliedIndex} with node {id} in {directory}")));
        rows.End();
        error.WriteLine(Say($"parley: nobody is logged in there ({founded.SessionsEnded} were); passwords, device ")
            + "tokens and hooks are as they were then");
        error.WriteLine(Say($"parley: start node {id} with this directory, then each further node with an empty one ")
            + "and --join;");
        error.WriteLine("parley: and for each, as an administrator: parley cluster add ID=HOST:NODEPORT");
    }

    private static string Json(FoundedCluster founded, string directory) => JsonLines.Write(json =>
    {
        json.WriteString("cluster", founded.Id);
        json.WriteNumber("node", founded.Node.Id);
        json.WriteNumber("applied_index", founded.AppliedIndex);
        json.WriteNumber("sessions_ended", founded.SessionsEnded);
        json.WriteString("data", directory);
    });

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
