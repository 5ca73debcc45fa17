using Parley.Verbs;

namespace Parley.Tests.Verbs;

/// <summary>The same rows in each form, to the letter.</summary>
public sealed class RowWriterTests : IDisposable
{
    private static readonly string[] Rows =
    [
        """{"name":"#ops","conversation":"0123","text":"one\ntwo\tand a \\","unread":3,"muted":false,"at":null}""",
        """{"name":"carol","conversation":"4567","text":"\u4F60\u001B[2J","unread":1000,"muted":true,"at":"12:00"}""",
    ];

    private readonly StringWriter output = new();

    public void Dispose() => output.Dispose();

    [Fact]
    public void Text_is_for_people() => Assert.Equal("text 0\ntext 1\n", Print(OutputForm.Text));

    [Fact]
    public void Json_is_one_object_a_line() =>
        Assert.Equal($"{Rows[0]}\n{Rows[1]}\n", Print(OutputForm.Json));

    [Fact]
    public void Plain_is_the_values_with_tabs_between_and_none_within() => Assert.Equal(
        "#ops\t0123\tone\\ntwo\\tand a \\\\\t3\tfalse\t\n"
        + "carol\t4567\t你\uFFFD[2J\t1000\ttrue\t12:00\n",
        Print(OutputForm.Plain));

    [Fact]
    public void A_table_has_names_and_what_people_wrote_last() => Assert.Equal(
        """
        name   unread  muted  at     text
        #ops   3       false  -      one\ntwo\tand a \\
        carol  1000    true   12:00  你�[2J

        """,
        Print(OutputForm.Table));

    [Fact]
    public void What_comes_late_stands_below_and_after_an_end_is_another_table()
    {
        var rows = new RowWriter(OutputForm.Table, output);
        rows.Flush();
        rows.Write(() => """{"to":"bob"}""", () => "");
        rows.Flush();
        rows.Write(() => """{"to":"a name that is longer"}""", () => "");
        rows.End();
        rows.Write(() => """{"conversation":"0123"}""", () => "");
        rows.End();

        Assert.Equal("to\nbob\na name that is longer\nconversation\n0123\n", output.ToString());
    }

    private string Print(OutputForm form)
    {
        var rows = new RowWriter(form, output);
        for (var row = 0; row < Rows.Length; row++)
        {
            var at = row;
            rows.Write(() => Rows[at], () => $"text {at}");
        }

        rows.End();
        return output.ToString();
    }
}
