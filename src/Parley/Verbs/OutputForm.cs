using System.CommandLine;

namespace Parley.Verbs;

/// <summary>How a verb prints what it found.</summary>
internal enum OutputForm
{
    /// <summary>For people; may change.</summary>
    Text = 0,

    /// <summary>One object a line.</summary>
    Json = 1,

    /// <summary>The same values in the same order, parted by tabs, one row a line.</summary>
    Plain = 2,

    /// <summary>The same as columns with a line of names above.</summary>
    Table = 3,
}

/// <summary>The option <c>--output</c>.</summary>
internal static class OutputOption
{
    private const string Text = "text";
    private const string Json = "json";
    private const string Plain = "plain";
    private const string Table = "table";

    public static Option<string> Build()
    {
        var output = new Option<string>("--output", "-o")
        {
            Description = "text; or json: one object a line, plain: one row a line with tabs, table: columns",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => Text,
        };
        output.AcceptOnlyFromAmong(Text, Json, Plain, Table);
        return output;
    }

    public static OutputForm Read(ParseResult parsed, Option<string> output) => parsed.GetValue(output) switch
    {
        Json => OutputForm.Json,
        Plain => OutputForm.Plain,
        Table => OutputForm.Table,
        _ => OutputForm.Text,
    };
}
