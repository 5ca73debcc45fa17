using Parley.Client;

namespace Parley.Verbs.Chat;

/// <summary>Where a chat shows things: a terminal that is drawn in (<see cref="InlineScreen"/>), or lines one after the
/// other (<see cref="PlainScreen"/>). Any thread.</summary>
internal interface IChatScreen
{
    /// <summary>Own lines are shown with what became of them; else only what failed is told.</summary>
    bool ShowsOwnLines { get; }

    /// <summary>What is shown now is in front of somebody, as far as can be told.</summary>
    bool IsLookedAt { get; }

    /// <summary>Two columns of text beside each other would not be read well.</summary>
    bool IsNarrow { get; }

    /// <summary>Called when somebody looks again.</summary>
    Action OnLookedAt { get; set; }

    /// <summary>A message in its conversation.</summary>
    void Message(ChatEntry entry);

    /// <summary>Calls somebody who may look elsewhere.</summary>
    void Ring();

    /// <summary>An answer to a command.</summary>
    void Line(string text);

    /// <summary>News of the connection and the like.</summary>
    void Note(string text);

    /// <summary>What follows came while nobody looked.</summary>
    /// <param name="since">When somebody looked last; null: not known.</param>
    void NewSince(DateTimeOffset? since);

    /// <summary>What the client notices of its nodes.</summary>
    void Connection(ConnectionEvent news);

    /// <summary>So many messages had been dropped by retention before they could be shown.</summary>
    void Missed(long messages);

    /// <summary>Everything that was there has been shown.</summary>
    void CaughtUp();

    /// <summary>Own lines that have no outcome yet, oldest first.</summary>
    void SetUnderway(IReadOnlyList<string> lines);

    /// <summary>Lines that change in place.</summary>
    void SetStatus(IReadOnlyList<string> lines);

    /// <summary>What is wrong, for as long as it is; null: nothing.</summary>
    void SetNotice(string? text);

    /// <summary>Before what is typed.</summary>
    /// <param name="who">Whom lines go to; empty: nobody yet.</param>
    /// <param name="waiting">What is unread elsewhere, the most important first.</param>
    void SetPrompt(string who, IReadOnlyList<string> waiting);

    /// <summary>Gives the terminal back; what is printed later stands below as lines.</summary>
    void Close();
}

/// <summary>A message as a screen shows it.</summary>
/// <param name="At">Log time, or when it was typed.</param>
/// <param name="From">Who sent it.</param>
/// <param name="To">Who it is for, when the reader sent it; else null.</param>
/// <param name="Text">As sent.</param>
/// <param name="State">What became of it; null: not of interest.</param>
internal sealed record ChatEntry(DateTimeOffset At, string From, string? To, string Text, string? State)
{
    /// <summary>The room it was said in, when another said it; else null.</summary>
    public string? Room { get; init; }

    /// <summary>Whose name is marked where the text names it; null: nobody's.</summary>
    public string? Reader { get; init; }
}
