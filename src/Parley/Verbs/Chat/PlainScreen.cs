using System.Globalization;
using Parley.Client;
using Parley.Terminal;

namespace Parley.Verbs.Chat;

/// <summary>The chat as lines, one at a time from any thread: for pipes, screen readers and terminals that cannot move
/// their cursor. Other people's text only through the sanitizer, colour only on a terminal.</summary>
/// <param name="output">Where the lines go.</param>
/// <param name="palette">Colours.</param>
/// <param name="time">The clock and its zone.</param>
/// <param name="isTerminal">Somebody may read there; of a pipe nobody knows.</param>
internal sealed class PlainScreen(TextWriter output, Palette palette, TimeProvider time, bool isTerminal = false)
    : IChatScreen
{
    private readonly Lock writing = new();
    private string lastNote = "";

    /// <summary>A terminal without NO_COLOR has colours.</summary>
    public static PlainScreen OfConsole(TextWriter output) =>
        new(
            output,
            new Palette(!Console.IsOutputRedirected && Palette.IsWanted),
            TimeProvider.System,
            isTerminal: !Console.IsOutputRedirected && !Console.IsInputRedirected);

    /// <inheritdoc/>
    public bool ShowsOwnLines => false;

    /// <inheritdoc/>
    public bool IsLookedAt => isTerminal;

    /// <summary>A reader of lines has no columns.</summary>
    public bool IsNarrow => false;

    /// <inheritdoc/>
    public Action OnLookedAt { get; set; } = () => { };

    /// <inheritdoc/>
    public void Message(ChatEntry entry)
    {
        var to = (entry.To ?? entry.Room) is { } whom ? $" → {Sanitizer.Line(whom)}" : "";
        var state = entry.State is null ? "" : $" ({entry.State})";
        var line = EntryText.Line(entry, palette.Bold(Sanitizer.Line(entry.From)), to, palette.Mark);
        Write($"{Clock(entry.At)} {line}{state}");
    }

    /// <inheritdoc/>
    public void Ring()
    {
        // The line says it; a bell would be a sign of its own to whoever reads the lines.
    }

    /// <inheritdoc/>
    public void Line(string text) => Write(Sanitizer.Line(text));

    /// <summary>The same news twice in a row is told once.</summary>
    public void Note(string text)
    {
        lock (writing)
        {
            if (string.Equals(lastNote, text, StringComparison.Ordinal))
            {
                return;
            }

            Write(palette.Dim($"-- {Sanitizer.Line(text)}"));
            lastNote = text;
        }
    }

    /// <inheritdoc/>
    public void NewSince(DateTimeOffset? since) => Note(since is { } then ? $"new since {Clock(then)}" : "new");

    /// <inheritdoc/>
    public void Connection(ConnectionEvent news) => Note(news switch
    {
        ConnectionEvent.Connected { Node: 0 } to => $"connected to {to.Address}",
        ConnectionEvent.Connected to => $"connected to node {to.Node} ({to.Address})",
        ConnectionEvent.NodeGone { Node: 0 } gone => $"{gone.Address} does not answer; trying the others",
        ConnectionEvent.NodeGone gone => $"node {gone.Node} ({gone.Address}) does not answer; trying the others",
        ConnectionEvent.NoMajority few =>
            $"no majority: {few.Reachable} of {few.Voters} servers reachable; what you type waits",
        _ => news.ToString(),
    });

    /// <inheritdoc/>
    public void Missed(long messages)
    {
        // The note beside it says so.
    }

    /// <inheritdoc/>
    public void CaughtUp()
    {
        // Nothing that a line would be worth.
    }

    /// <inheritdoc/>
    public void SetUnderway(IReadOnlyList<string> lines)
    {
        // What is typed stands where it was typed.
    }

    /// <inheritdoc/>
    public void SetStatus(IReadOnlyList<string> lines)
    {
        // Nothing changes in place here.
    }

    /// <inheritdoc/>
    public void SetNotice(string? text)
    {
        // Told as news when it began.
    }

    /// <inheritdoc/>
    public void SetPrompt(string who, IReadOnlyList<string> waiting)
    {
        // A prompt would stand between the lines.
    }

    /// <inheritdoc/>
    public void Close()
    {
        // Nothing was taken.
    }

    private string Clock(DateTimeOffset at) =>
        TimeZoneInfo.ConvertTime(at, time.LocalTimeZone).ToString("HH:mm", CultureInfo.InvariantCulture);

    private void Write(string line)
    {
        lock (writing)
        {
            lastNote = "";
            output.WriteLine(line);
            output.Flush();
        }
    }
}
