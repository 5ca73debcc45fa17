using System.Globalization;
using Parley.Client;
using Parley.Terminal;

namespace Parley.Verbs.Chat;

/// <summary>What the chat prints: one line at a time from any thread, other people's text only through the sanitizer,
/// colour only on a terminal.</summary>
internal sealed class ChatScreen(TextWriter output, bool isTerminal, TimeProvider time)
{
    private const string DimOn = "\e[2m";
    private const string BoldOn = "\e[1m";
    private const string Off = "\e[0m";
    private readonly Lock writing = new();
    private string lastNote = "";

    /// <summary>A terminal without NO_COLOR (https://no-color.org).</summary>
    public static ChatScreen OfConsole(TextWriter output) => new(
        output,
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
        TimeProvider.System);

    /// <summary>A message as everyone in the conversation sees it.</summary>
    public void Message(DateTimeOffset sentAt, string from, string text) =>
        Write($"{Clock(sentAt)} {Bold(Sanitizer.Line(from))}: {Indented(text)}");

    /// <summary>A message as a second client of this process sees it.</summary>
    public void MessageAt(string account, DateTimeOffset sentAt, string from, string text) => Write(
        $"{Dim($"                [{account}'s screen]")} {Clock(sentAt)} {Bold(Sanitizer.Line(from))}: "
        + Indented(text));

    /// <summary>An answer to a command.</summary>
    public void Line(string text) => Write(Sanitizer.Line(text));

    /// <summary>News of the connection and the like; the same news twice in a row is told once.</summary>
    public void Note(string text)
    {
        lock (writing)
        {
            if (string.Equals(lastNote, text, StringComparison.Ordinal))
            {
                return;
            }

            Write(Dim($"-- {Sanitizer.Line(text)}"));
            lastNote = text;
        }
    }

    /// <summary>What the client notices of its nodes, in words.</summary>
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

    // Further lines are set in: none of them can look like a line of somebody else.
    private static string Indented(string text) =>
        Sanitizer.Lines(text).Replace("\n", "\n      | ", StringComparison.Ordinal);

    private string Clock(DateTimeOffset sentAt) =>
        TimeZoneInfo.ConvertTime(sentAt, time.LocalTimeZone).ToString("HH:mm", CultureInfo.InvariantCulture);

    private string Dim(string text) => isTerminal ? $"{DimOn}{text}{Off}" : text;

    private string Bold(string text) => isTerminal ? $"{BoldOn}{text}{Off}" : text;

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
