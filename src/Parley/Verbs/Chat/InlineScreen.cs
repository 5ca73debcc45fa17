using System.Globalization;
using System.Threading.Channels;
using Parley.Client;
using Parley.Terminal;

namespace Parley.Verbs.Chat;

/// <summary>
/// The chat in the terminal's own scrollback: what arrives is printed above, what is typed stays at the bottom. Keys
/// and messages go in, bytes come out by one function; it knows no terminal. Any thread, one at a time.
/// </summary>
/// <param name="write">Gets the bytes to show.</param>
/// <param name="size">Columns and rows now.</param>
/// <param name="history">Of what was typed.</param>
/// <param name="palette">Colours.</param>
/// <param name="time">The clock and its zone.</param>
internal sealed partial class InlineScreen(
    Action<string> write,
    Func<(int Columns, int Rows)> size,
    InputHistory history,
    Palette palette,
    TimeProvider time) : IChatScreen
{
    private const int NarrowColumns = 60;
    private static readonly TimeSpan BellPause = TimeSpan.FromSeconds(5);
    private readonly Lock drawing = new();
    private readonly InlinePainter painter = new();
    private readonly ConnectionNews news = new(time);
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
    private LiveState live = new();
    private (string Who, IReadOnlyList<string> Waiting) prompt = ("", []);
    private bool isOpen;
    private string lastNote = "";
    private DateTimeOffset day = time.GetLocalNow();
    private DateTimeOffset? unfocusedAt;
    private volatile bool hasFocus = true;
    private long? rungAt;

    /// <summary>What was typed, line by line; ends with Ctrl-D, the second Ctrl-C, or the terminal.</summary>
    public ChannelReader<string> Lines => lines.Reader;

    /// <inheritdoc/>
    public bool ShowsOwnLines => true;

    /// <summary>A terminal that does not tell is looked at.</summary>
    public bool IsLookedAt => hasFocus;

    /// <inheritdoc/>
    public bool IsNarrow => size().Columns < NarrowColumns;

    /// <inheritdoc/>
    public Action OnLookedAt { get; set; } = () => { };

    /// <summary>Completes what is typed.</summary>
    public Func<string, int, Completion?> Completer { get; set; } = (_, _) => null;

    /// <summary>Gives the terminal away for a while: Ctrl-Z.</summary>
    public Action Suspend { get; set; } = () => { };

    /// <summary>From now on there is a line to type in.</summary>
    public void Open()
    {
        lock (drawing)
        {
            isOpen = true;
            Draw();
        }
    }

    /// <summary>Another size, or somebody else has written: the area is drawn again.</summary>
    public void Redraw()
    {
        lock (drawing)
        {
            if (isOpen)
            {
                write(painter.Erase(size().Columns));
                Draw();
            }
        }
    }

    /// <inheritdoc/>
    public void Message(ChatEntry entry)
    {
        lock (drawing)
        {
            var above = new List<string>();
            if (unfocusedAt is { } then && entry.To is null)
            {
                above.Add(Marker($"new since {Clock(then)}"));
                unfocusedAt = null;
            }

            var at = TimeZoneInfo.ConvertTime(entry.At, time.LocalTimeZone);
            if (at.Date != day.Date)
            {
                above.Add(Marker(at.ToString("dddd, d MMMM yyyy", CultureInfo.InvariantCulture)));
                day = at;
            }

            above.Add(Describe(entry));
            Print(above);
        }
    }

    /// <summary>Not more often than somebody could bear.</summary>
    public void Ring()
    {
        lock (drawing)
        {
            if (isOpen && (rungAt is not { } at || time.GetElapsedTime(at) >= BellPause))
            {
                rungAt = time.GetTimestamp();
                write(Ansi.Bell);
            }
        }
    }

    /// <inheritdoc/>
    public void Line(string text) => Print([Sanitizer.Line(text)]);

    /// <inheritdoc/>
    public void Note(string text)
    {
        lock (drawing)
        {
            if (!string.Equals(lastNote, text, StringComparison.Ordinal))
            {
                Print([palette.Dim($"· {Sanitizer.Line(text)}")]);
                lastNote = text;
            }
        }
    }

    /// <inheritdoc/>
    public void NewSince(DateTimeOffset? since) =>
        Print([Marker(since is { } then ? $"new since {Clock(then)}" : "new")]);

    /// <inheritdoc/>
    public void Connection(ConnectionEvent news)
    {
        lock (drawing)
        {
            var line = this.news.Take(news);
            switch (news)
            {
                case ConnectionEvent.NoMajority few:
                    SetNotice($"no majority: {few.Reachable} of {few.Voters} servers reachable; what you type is kept");
                    break;
                case ConnectionEvent.Connected:
                    SetNotice(null);
                    break;
            }

            if (line is not null)
            {
                Note(line);
            }
        }
    }

    /// <inheritdoc/>
    public void Missed(long messages)
    {
        lock (drawing)
        {
            news.Missed(messages);
        }
    }

    /// <inheritdoc/>
    public void CaughtUp()
    {
        lock (drawing)
        {
            if (news.CaughtUp() is { } line)
            {
                Note(line);
            }
        }
    }

    /// <inheritdoc/>
    public void SetUnderway(IReadOnlyList<string> lines) => Change(state => state with
    {
        Underway = [.. lines.Select(Sanitizer.Line)],
    });

    /// <inheritdoc/>
    public void SetStatus(IReadOnlyList<string> lines) => Change(state => state with { Status = lines });

    /// <inheritdoc/>
    public void SetNotice(string? text) => Change(state => state with { Notice = text });

    /// <inheritdoc/>
    public void SetPrompt(string who, IReadOnlyList<string> waiting)
    {
        lock (drawing)
        {
            prompt = (Sanitizer.Line(who), [.. waiting.Select(Sanitizer.Line)]);
            Draw();
        }
    }

    /// <inheritdoc/>
    public void Close()
    {
        lock (drawing)
        {
            if (isOpen)
            {
                isOpen = false;
                write(painter.Erase(size().Columns));
            }

            lines.Writer.TryComplete();
            onClosed?.Invoke();
            onClosed = null;
        }
    }

    private string Describe(ChatEntry entry)
    {
        var to = (entry.To ?? entry.Room) is { } whom ? palette.Dim($" → {Sanitizer.Line(whom)}") : "";
        var state = entry.State is null ? "" : palette.Dim($" · {entry.State}");
        var line = EntryText.Line(entry, palette.Person(Sanitizer.Line(entry.From)), to, palette.Mark);
        return $"{palette.Dim(Clock(entry.At))} {line}{state}";
    }

    private string Marker(string text) => palette.Dim($"── {text} ──");

    private string Clock(DateTimeOffset at) =>
        TimeZoneInfo.ConvertTime(at, time.LocalTimeZone).ToString("HH:mm", CultureInfo.InvariantCulture);

    private void Change(Func<LiveState, LiveState> change)
    {
        lock (drawing)
        {
            live = change(live);
            Draw();
        }
    }

    private void Print(IReadOnlyList<string> above)
    {
        lock (drawing)
        {
            lastNote = "";
            if (isOpen)
            {
                Draw(above);
            }
            else
            {
                write(string.Concat(above.Select(line => $"{line}\n")));
            }
        }
    }

    private void Draw(IReadOnlyList<string>? above = null)
    {
        if (!isOpen)
        {
            return;
        }

        var (columns, height) = size();
        var state = live with { Text = editor.Text, Cursor = editor.Cursor, Prompt = Prompt(), Hints = hints };
        var bytes = painter.Draw(above ?? [], LiveArea.Compose(state, columns, height, palette), columns);
        if (bytes.Length > 0)
        {
            write(bytes);
        }
    }
}
