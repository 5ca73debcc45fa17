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
        var query = new Command("query", "Answer a question in SQL, read-only; text is tab-separated, with names first")
        {
            data, showTexts, sql,
        };
        var form = OutputOption.Build();
        query.Add(form);
        query.SetAction(parsed =>
        {
            Inspections.Run(() =>
            {
                var rows = StateQuery.Run(
                    parsed.GetValue(data)!, parsed.GetValue(sql)!, parsed.GetValue(showTexts), TimeProvider.System);
                Print(rows, OutputOption.Read(parsed, form), parsed.InvocationConfiguration.Output);
            });
            return ExitCodes.Ok;
        });
        return query.WithExamples(
            "parley state query --data /var/lib/parley \"SELECT name, sql FROM sqlite_schema\"",
            "parley state query --data /var/lib/parley -o json \"SELECT number, name, deleted_at_us FROM accounts\"");
    }

    private static void Print(IEnumerable<IReadOnlyList<string?>> rows, OutputForm form, TextWriter output)
    {
        var writer = new RowWriter(form, output);
        IReadOnlyList<string?>? names = null;
        foreach (var row in rows)
        {
            if (names is null)
            {
                names = row;
            }

            // As text the names are a row like the others; the other forms have them in each, or above.
            if (form == OutputForm.Text || !ReferenceEquals(row, names))
            {
                writer.Write(() => Json(names, row), () => string.Join('\t', row.Select(
                    cell => cell is null ? "NULL" : Sanitizer.Line(cell))));
            }
        }

        writer.End();
    }

    private static string Json(IReadOnlyList<string?> names, IReadOnlyList<string?> row) => JsonLines.Write(json =>
    {
        foreach (var (name, cell) in names.Zip(row))
        {
            json.WriteString(name ?? "", cell);
        }
    });
}
