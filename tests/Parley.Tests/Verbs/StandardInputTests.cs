using System.Text;
using Parley.Verbs.Messaging;

namespace Parley.Tests.Verbs;

/// <summary>Lines of standard input.</summary>
public sealed class StandardInputTests
{
    [Fact]
    public async Task A_line_ends_at_a_line_feed_alone() =>
        Assert.Equal(["a", "", "b\rc\r", "d"], await ReadAsync(Encoding.UTF8.GetBytes("a\n\nb\rc\r\nd")));

    [Fact]
    public async Task Nothing_behind_the_last_line_feed_is_no_line() =>
        Assert.Equal(["a"], await ReadAsync(Encoding.UTF8.GetBytes("a\n")));

    [Fact]
    public async Task What_is_not_utf8_is_told() => Assert.Equal([null, "b"], await ReadAsync([0xFF, 10, 98, 10]));

    [Fact]
    public async Task Of_an_endless_line_only_enough_is_kept_to_refuse_it()
    {
        var lines = await ReadAsync(Encoding.UTF8.GetBytes(new string('é', 200_000) + "\nnext\n"));

        Assert.InRange(Encoding.UTF8.GetByteCount(lines[0]!), 16_385, 16_390);
        Assert.Equal("next", lines[1]);
    }

    private static async Task<List<string?>> ReadAsync(byte[] bytes)
    {
        using var input = new MemoryStream(bytes);
        var lines = new List<string?>();
        await foreach (var line in StandardInput.ReadLinesAsync(input, TestContext.Current.CancellationToken))
        {
            lines.Add(line);
        }

        return lines;
    }
}
