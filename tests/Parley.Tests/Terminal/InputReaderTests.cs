using System.Text;
using CsCheck;
using Parley.Terminal;

namespace Parley.Tests.Terminal;

/// <summary>Bytes of a keyboard as what is meant by them.</summary>
public sealed class InputReaderTests
{
    [Theory]
    [InlineData("\u0001", "Home")]
    [InlineData("\r", "Enter")]
    [InlineData("\e\r", "NewLine")]
    [InlineData("\e[A", "Up")]
    [InlineData("\eOB", "Down")]
    [InlineData("\e[1;5D", "WordLeft")]
    [InlineData("\ef", "WordRight")]
    [InlineData("\e\u007f", "KillWordLeft")]
    [InlineData("\e[3~", "Delete")]
    [InlineData("\u0012", "Search")]
    [InlineData("\u0003", "Interrupt")]
    public void A_key_is_known_by_its_bytes(string bytes, string key)
    {
        var input = Assert.Single(new InputReader().Feed(Encoding.UTF8.GetBytes(bytes)));

        Assert.Equal(key, Assert.IsType<TerminalInput.Pressed>(input).Key.ToString());
    }

    [Fact]
    public void A_paste_is_one_input_whatever_stands_in_it()
    {
        var input = Assert.Single(Feed("\e[200~one\r\ntwo\r\u0003/quit\u001b[A\tend\e[201~"));

        Assert.Equal(new TerminalInput.Pasted("one\ntwo\n/quit[A    end"), input);
    }

    [Fact]
    public void Wherever_the_bytes_are_cut_the_meaning_is_the_same()
    {
        const string Session = "hé\e[1;5Dllo 你\e[200~a\nb👩‍💻\e[201~\e[I\ed\u0001\eOA\r";
        var bytes = Encoding.UTF8.GetBytes(Session);
        var whole = Text(new InputReader().Feed(bytes));

        Gen.Int[0, bytes.Length].Array[0, 12].Sample(cuts =>
        {
            var reader = new InputReader();
            var found = new List<TerminalInput>();
            var from = 0;
            foreach (var cut in cuts.Order().Append(bytes.Length))
            {
                found.AddRange(reader.Feed(bytes.AsSpan(from, cut - from)));
                from = cut;
            }

            Assert.Equal(whole, Text(found));
        });
    }

    [Fact]
    public void No_bytes_are_too_wild_for_it()
    {
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            var reader = new InputReader();
            var inputs = reader.Feed(bytes).Concat(reader.Flush());

            Assert.DoesNotContain(
                inputs.OfType<TerminalInput.Typed>(), typed => typed.Text.Any(char.IsControl));
        });
    }

    [Fact]
    public void An_escape_alone_is_a_key_once_nothing_follows()
    {
        var reader = new InputReader();

        Assert.Empty(reader.Feed("\e"u8));
        Assert.Equal([new TerminalInput.Pressed(Key.Cancel)], reader.Flush());
    }

    [Fact]
    public void A_paste_without_an_end_is_bounded()
    {
        var reader = new InputReader();
        reader.Feed("\e[200~"u8);
        var megabyte = Enumerable.Repeat((byte)'x', 1 << 20).ToArray();

        reader.Feed(megabyte);
        reader.Feed(megabyte);
        var input = Assert.Single(reader.Feed("\e[201~"u8));

        Assert.Equal(InputReader.PasteBytesMax, Assert.IsType<TerminalInput.Pasted>(input).Text.Length);
    }

    private static IReadOnlyList<TerminalInput> Feed(string text) =>
        new InputReader().Feed(Encoding.UTF8.GetBytes(text));

    // Text that is cut comes in parts.
    private static string Text(IEnumerable<TerminalInput> inputs) =>
        string.Concat(inputs.Select(input => input is TerminalInput.Typed typed ? typed.Text : $"<{input}>"));
}
