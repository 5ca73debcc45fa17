namespace Parley.Terminal;

/// <summary>What came from the keyboard.</summary>
internal abstract record TerminalInput
{
    private TerminalInput()
    {
    }

    /// <summary>Characters to be taken as they are.</summary>
    public sealed record Typed(string Text) : TerminalInput;

    /// <summary>A bracketed paste, whole; line ends are <c>\n</c>.</summary>
    public sealed record Pasted(string Text) : TerminalInput;

    /// <summary>A key that means something.</summary>
    public sealed record Pressed(Key Key) : TerminalInput;

    /// <summary>The terminal got or lost the focus.</summary>
    public sealed record FocusChanged(bool HasFocus) : TerminalInput;
}

/// <summary>Keys by what they do, not by where they are.</summary>
internal enum Key
{
    None,
    Enter,
    NewLine,
    Tab,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    WordLeft,
    WordRight,
    KillToEnd,
    KillToStart,
    KillWordLeft,
    KillWordRight,
    Yank,
    Transpose,
    Redraw,
    Search,
    Cancel,
    Interrupt,
    EndOfInput,
    Suspend,
}
