using System.Text;

namespace Parley.Verbs.Chat;

/// <summary>What a verb says on stderr, as notes of a screen that is being drawn in: nothing else may write to it.
/// </summary>
internal sealed class ScreenWriter(IChatScreen screen) : TextWriter
{
    private const string Prefix = "parley: ";

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write(value);

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        var text = value?.Trim() ?? "";
        if (text.Length > 0)
        {
            screen.Note(text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text);
        }
    }

    /// <inheritdoc/>
    public override void Write(char value)
    {
        // Whole lines only come here.
    }
}
