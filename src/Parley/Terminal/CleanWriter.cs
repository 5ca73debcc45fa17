using System.Text;

namespace Parley.Terminal;

/// <summary>
/// A writer behind which nothing but text comes out: whatever a sentence quotes (a server's words, an argument, a line
/// of another node's) went through the sanitizer, also where its author did not think of it. Not for a screen's own
/// control sequences.
/// </summary>
internal sealed class CleanWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    /// <summary>The first half of a pair of which the second has not come yet; 0: none.</summary>
    private char half;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value)
    {
        if (char.IsHighSurrogate(value))
        {
            Write("");
            half = value;
        }
        else
        {
            Write(value.ToString());
        }
    }

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        var text = half == 0 ? value : half + value;
        half = '\0';
        inner.Write(Sanitizer.Lines(text));
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write(value + "\n");

    /// <inheritdoc/>
    public override void WriteLine() => Write("\n");

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();
}
