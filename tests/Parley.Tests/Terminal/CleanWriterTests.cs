using Parley.Terminal;

namespace Parley.Tests.Terminal;

/// <summary>Whoever writes to stderr, in whatever pieces: nothing but text comes out.</summary>
public sealed class CleanWriterTests : IDisposable
{
    private readonly StringWriter inner = new();
    private readonly CleanWriter writer;

    public CleanWriterTests() => writer = new CleanWriter(inner);

    public void Dispose()
    {
        writer.Dispose();
        inner.Dispose();
    }

    [Fact]
    public async Task Each_way_to_write_is_clean()
    {
        writer.Write('\e');
        writer.Write("\e[2J");
        writer.Write((string?)null);
        writer.Write(['a', '\r', 'b', '\n'], 1, 3);
        writer.Write("\u202E{0}", "\a");
        writer.WriteLine("one\ntwo\t");
        writer.WriteLine();
        await writer.WriteAsync("\b");
        await writer.WriteLineAsync("\0");
        await writer.WriteAsync("\u009b".AsMemory(), TestContext.Current.CancellationToken);
        await writer.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal("\uFFFD\uFFFD[2J\uFFFDb\n\uFFFD\uFFFDone\ntwo\uFFFD\n\n\uFFFD\uFFFD\n\uFFFD", inner.ToString());
    }

    [Fact]
    public void A_pair_that_comes_in_halves_is_whole_and_a_half_alone_is_not_shown()
    {
        foreach (var half in "👩a")
        {
            writer.Write(half);
        }

        writer.Write('\uD83D');
        writer.Write('\uD83D');
        writer.Write("b");
        writer.Write('\uDC69');

        Assert.Equal("👩a\uFFFD\uFFFDb\uFFFD", inner.ToString());
    }
}
