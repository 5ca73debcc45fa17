using System.CommandLine;
using Parley.CommandLine;
using Parley.Server.Inspection;
using Parley.Terminal;

namespace Parley.Verbs.Inspection;

/// <summary>The verb <c>state</c>: looks into a node's state on disk.</summary>
internal static class StateVerb
{
    public static Command Build()
    {
        var state = new Command("state", "Look into a node's state on disk");
        state.Add(BuildQuery());
        return state;
    }

    private static Command BuildQuery()
    {
        var data = new Option<string>("--data")
        {
            Description = "The node's data directory; the node may run",
            HelpName = "DIR",
            Required = true,
        };
        var showTexts = new Option<bool>("--show-texts") { Description = "Message texts too" };
        var sql = new Argument<string>("SQL") { Description = "One SELECT; secrets read as NULL" };
        var query = new Command("query", "Answer a question in SQL, read-only, tab-separated, column names first")
        {
            data, showTexts, sql,
        };
        query.SetAction(parsed =>
        {
            Inspections.Run(() =>
            {
                var rows = StateQuery.Run(
                    parsed.GetValue(data)!, parsed.GetValue(sql)!, parsed.GetValue(showTexts), TimeProvider.System);
                foreach (var row in rows)
                {
                    var cells = row.Select(cell => cell is null ? "NULL" : Sanitizer.Line(cell));
                    parsed.InvocationConfiguration.Output.WriteLine(string.Join('\t', cells));
                }
            });
            return ExitCodes.Ok;
        });
        return query.WithExamples(
            "parley state query --data /var/lib/parley \"SELECT name, sql FROM sqlite_schema\"",
            "parley state query --data /var/lib/parley \"SELECT number, name, deleted_at_us FROM accounts\"");
    }
}
