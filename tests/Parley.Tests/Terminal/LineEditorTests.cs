using System.Globalization;
using System.Text;
using CsCheck;
using Parley.Terminal;

namespace Parley.Tests.Terminal;

/// <summary>The keys of Emacs, on a line without a terminal. A bar stands for the cursor.</summary>
public sealed class LineEditorTests
{
    private readonly InputHistory history = new(path: null);

    [Theory]
    [InlineData("one two^A", "|one two")]
    [InlineData("one two^A^F^F^F^D", "one|two")]
    [InlineData("one two^[b^K", "one |")]
    [InlineData("one two^W", "one |")]
    [InlineData("one two^W^W^Y", "one two|")]
    [InlineData("one two^U", "|")]
    [InlineData("one two^A^[d^Y^Y", "oneone| two")]
    [InlineData("ba^T", "ab|")]
    [InlineData("one^[\rtwo^A", "one\n|two")]
    [InlineData("one^[\rtwo^P", "one|\ntwo")]
    [InlineData("👩‍💻é^B^B", "|👩‍💻é")]
    [InlineData("a👩‍💻^H", "a|")]
    [InlineData("你好^B^D", "你|")]
    public void A_key_does_what_Emacs_does(string keys, string line) => Assert.Equal(line, Type(new(history), keys));

    [Fact]
    public void Up_and_down_walk_the_history_and_come_back_to_what_was_typed()
    {
        history.Add("first");
        history.Add("second");
        var editor = new LineEditor(history);

        Assert.Equal("second|", Type(editor, "draft^P"));
        Assert.Equal("first|", Type(editor, "^P^P"));
        Assert.Equal("draft|", Type(editor, "^N^N"));
    }

    [Fact]
    public void A_search_finds_the_newest_and_then_older_ones()
    {
        history.Add("tea at four?");
        history.Add("coffee");
        history.Add("tea at five?");
        var editor = new LineEditor(history);

        Assert.Equal("tea| at five?", Type(editor, "^Rtea"));
        Assert.Equal("tea| at four?", Type(editor, "^R"));
        Assert.False(editor.SearchFailed);
        Assert.Equal("tea| at four?", Type(editor, "\r"));
        Assert.Null(editor.SearchQuery);
    }

    [Fact]
    public void A_search_that_is_left_gives_the_line_back()
    {
        history.Add("tea");
        var editor = new LineEditor(history);

        Assert.Equal("hello|", Type(editor, "hello^Rtea^G"));
    }

    [Fact]
    public void What_was_typed_is_there_in_the_next_run_for_its_owner_alone()
    {
        var folder = Directory.CreateTempSubdirectory("parley-history-");
        var path = Path.Combine(folder.FullName, "state", "alice.history");
        new InputHistory(path).Add("two\nlines");
        new InputHistory(path).Add("\"quoted\"");
        File.AppendAllText(path, "\"cut");

        var next = new InputHistory(path);

        Assert.Equal(["two\nlines", "\"quoted\""], next.Lines);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Whatever_is_typed_the_cursor_stands_between_two_characters()
    {
        history.Add("an earlier 👩‍💻 line\nof two");
        string[] inputs =
        [
            "a", "é", "你", "👩‍💻", " ", "^A", "^B", "^D", "^E", "^F", "^H", "^K", "^N", "^P", "^R", "^T", "^U",
            "^W", "^Y", "^G", "^[b", "^[f", "^[d", "^[\r", "\r",
        ];
        Gen.Int[0, inputs.Length - 1].Select(key => inputs[key]).Array[0, 60].Sample(keys =>
        {
            var editor = new LineEditor(history);
            Type(editor, string.Concat(keys));

            var places = StringInfo.ParseCombiningCharacters(editor.Text).Append(editor.Text.Length);
            Assert.True(
                places.Contains(editor.Cursor) || editor.SearchQuery is not null,
                $"{editor.Text} at {editor.Cursor}");
        });
    }

    // ^X is Control-X, as one writes it; ^[ is Escape.
    private static string Type(LineEditor editor, string keys)
    {
        var bytes = new StringBuilder();
        for (var at = 0; at < keys.Length; at++)
        {
            bytes.Append(keys[at] == '^' ? (char)(keys[++at] - '@') : keys[at]);
        }

        foreach (var input in new InputReader().Feed(Encoding.UTF8.GetBytes(bytes.ToString())))
        {
            editor.Apply(input);
        }

        return editor.Text.Insert(editor.Cursor, "|");
    }
}
