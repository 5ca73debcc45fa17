using System.Buffers;
using System.Globalization;
using System.Text;

namespace Parley.Terminal;

/// <summary>
/// Bytes of a terminal in raw mode as keys, text and pastes. A sequence may be cut anywhere; what is not whole waits
/// for the rest, and <see cref="Flush"/> says that none will come. Not for many threads.
/// </summary>
internal sealed class InputReader
{
    /// <summary>A longer paste loses its end: no message is that long.</summary>
    public const int PasteBytesMax = 1 << 20;

    private const byte Escape = 0x1b;
    private const int SequenceBytesMax = 32;
    private static readonly byte[] PasteBegin = "\e[200~"u8.ToArray();
    private static readonly byte[] PasteEnd = "\e[201~"u8.ToArray();
    private readonly List<byte> waiting = [];
    private List<byte>? paste;

    /// <summary>Something has begun that is not whole.</summary>
    public bool IsWaiting => waiting.Count > 0 && paste is null;

    /// <summary>What these bytes, with those that waited, mean.</summary>
    public IReadOnlyList<TerminalInput> Feed(ReadOnlySpan<byte> bytes)
    {
        waiting.AddRange(bytes);
        var found = new List<TerminalInput>();
        var content = waiting.ToArray().AsSpan();
        while (content.Length > 0)
        {
            var taken = paste is null ? Take(content, found) : TakePaste(content, found);
            if (taken == 0)
            {
                break;
            }

            content = content[taken..];
        }

        waiting.Clear();
        waiting.AddRange(content);
        return found;
    }

    /// <summary>No more bytes came for a moment: an escape was the key of that name.</summary>
    public IReadOnlyList<TerminalInput> Flush()
    {
        if (!IsWaiting)
        {
            return [];
        }

        var isEscape = waiting[0] == Escape;
        waiting.Clear();
        return isEscape ? [new TerminalInput.Pressed(Key.Cancel)] : [];
    }

    private int Take(ReadOnlySpan<byte> content, List<TerminalInput> found)
    {
        if (content[0] == Escape)
        {
            return TakeEscape(content, found);
        }

        if (content[0] is < 0x20 or 0x7f)
        {
            Press(found, ControlKey(content[0]));
            return 1;
        }

        return TakeText(content, found);
    }

    private static int TakeText(ReadOnlySpan<byte> content, List<TerminalInput> found)
    {
        var text = new StringBuilder();
        var taken = 0;
        while (taken < content.Length && content[taken] is not (< 0x20 or 0x7f))
        {
            var status = Rune.DecodeFromUtf8(content[taken..], out var rune, out var length);
            if (status == OperationStatus.NeedMoreData)
            {
                break;
            }

            taken += length;
            if (status == OperationStatus.Done && Rune.GetUnicodeCategory(rune) != UnicodeCategory.Control)
            {
                text.Append(rune);
            }
        }

        if (text.Length > 0)
        {
            found.Add(new TerminalInput.Typed(text.ToString()));
        }

        return taken;
    }

    private int TakePaste(ReadOnlySpan<byte> content, List<TerminalInput> found)
    {
        var end = content.IndexOf(PasteEnd);
        var length = end < 0 ? Math.Max(0, content.Length - PasteEnd.Length + 1) : end;
        var room = Math.Max(0, PasteBytesMax - paste!.Count);
        paste.AddRange(content[..Math.Min(length, room)]);
        if (end < 0)
        {
            return length;
        }

        found.Add(new TerminalInput.Pasted(CleanPaste(Encoding.UTF8.GetString([.. paste]))));
        paste = null;
        return end + PasteEnd.Length;
    }

    private static string CleanPaste(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.ReplaceLineEndings("\n").EnumerateRunes())
        {
            if (rune.Value == '\t')
            {
                clean.Append("    ");
            }
            else if (rune.Value == '\n' || Rune.GetUnicodeCategory(rune) != UnicodeCategory.Control)
            {
                clean.Append(rune);
            }
        }

        return clean.ToString();
    }

    private int TakeEscape(ReadOnlySpan<byte> content, List<TerminalInput> found)
    {
        if (content.Length == 1)
        {
            return 0;
        }

        if (content[1] is not ((byte)'[' or (byte)'O'))
        {
            Press(found, MetaKey(content[1]));
            return content[1] == Escape ? 1 : 2;
        }

        if (content.Length == 2)
        {
            return 0;
        }

        var end = 2;
        while (end < content.Length && content[end] is >= 0x20 and < 0x40)
        {
            end++;
        }

        if (end == content.Length)
        {
            return end > SequenceBytesMax ? end : 0;
        }

        if (content[..(end + 1)].SequenceEqual(PasteBegin))
        {
            paste = [];
            return PasteBegin.Length;
        }

        TakeSequence(Encoding.ASCII.GetString(content[2..end]), (char)content[end], found);
        return end + 1;
    }

    private static void TakeSequence(string arguments, char final, List<TerminalInput> found)
    {
        if (final is 'I' or 'O' && arguments.Length == 0)
        {
            found.Add(new TerminalInput.FocusChanged(final == 'I'));
            return;
        }

        // The second argument tells modifiers: 5 is Control, 3 is Alt.
        var byWord = arguments.EndsWith(";5", StringComparison.Ordinal)
            || arguments.EndsWith(";3", StringComparison.Ordinal);
        Press(found, (final, arguments) switch
        {
            ('A', _) => Key.Up,
            ('B', _) => Key.Down,
            ('C', _) => byWord ? Key.WordRight : Key.Right,
            ('D', _) => byWord ? Key.WordLeft : Key.Left,
            ('H', _) or ('~', "1" or "7") => Key.Home,
            ('F', _) or ('~', "4" or "8") => Key.End,
            ('~', "3") => Key.Delete,
            ('~', "3;5" or "3;3") => Key.KillWordRight,
            ('u', "13;2" or "13;3" or "13;5") or ('~', "27;2;13" or "27;5;13") => Key.NewLine,
            ('M', "") => Key.Enter,
            _ => Key.None,
        });
    }

    private static Key ControlKey(byte control) => control switch
    {
        0x01 => Key.Home,
        0x02 => Key.Left,
        0x03 => Key.Interrupt,
        0x04 => Key.EndOfInput,
        0x05 => Key.End,
        0x06 => Key.Right,
        0x07 => Key.Cancel,
        0x08 or 0x7f => Key.Backspace,
        0x09 => Key.Tab,
        0x0a => Key.NewLine,
        0x0b => Key.KillToEnd,
        0x0c => Key.Redraw,
        0x0d => Key.Enter,
        0x0e => Key.Down,
        0x10 => Key.Up,
        0x12 => Key.Search,
        0x14 => Key.Transpose,
        0x15 => Key.KillToStart,
        0x17 => Key.KillWordLeft,
        0x19 => Key.Yank,
        0x1a => Key.Suspend,
        _ => Key.None,
    };

    private static Key MetaKey(byte after) => after switch
    {
        (byte)'b' or (byte)'B' => Key.WordLeft,
        (byte)'f' or (byte)'F' => Key.WordRight,
        (byte)'d' or (byte)'D' => Key.KillWordRight,
        0x08 or 0x7f => Key.KillWordLeft,
        0x0d or 0x0a => Key.NewLine,
        Escape => Key.Cancel,
        _ => Key.None,
    };

    private static void Press(List<TerminalInput> found, Key key)
    {
        if (key != Key.None)
        {
            found.Add(new TerminalInput.Pressed(key));
        }
    }
}
