using System.Collections.Concurrent;
using Parley.Client;
using Parley.Local;
using Parley.Verbs.Chat;

namespace Parley.Tests.Program;

/// <summary>A screen that keeps what a chat shows: messages as their text and state, all else as it is.</summary>
internal sealed class RecordedScreen : IChatScreen
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private bool isCaughtUp;

    public ConcurrentQueue<string> Shown { get; } = new();

    public bool ShowsOwnLines => true;

    public bool IsLookedAt => true;

    public bool IsNarrow => false;

    public Action OnLookedAt { get; set; } = () => { };

    public bool IsCaughtUp => Volatile.Read(ref isCaughtUp);

    /// <summary>Waits; what is shown is told where it does not come true.</summary>
    public Task UntilAsync(Func<bool> isTrue, string what) => Until.TrueAsync(
        _ => Task.FromResult(isTrue()),
        Patience,
        () => $"not {what}: {string.Join(" | ", Shown)}",
        TestContext.Current.CancellationToken);

    public void Message(ChatEntry entry) =>
        Shown.Enqueue(entry.State is null ? entry.Text : $"{entry.Text} · {entry.State}");

    public void Ring()
    {
    }

    public void Line(string text) => Shown.Enqueue(text);

    public void Note(string text) => Shown.Enqueue(text);

    public void NewSince(DateTimeOffset? since)
    {
    }

    public void Connection(ConnectionEvent news)
    {
    }

    public void Missed(long messages)
    {
    }

    public void CaughtUp() => Volatile.Write(ref isCaughtUp, value: true);

    public void SetUnderway(IReadOnlyList<string> lines)
    {
    }

    public void SetStatus(IReadOnlyList<string> lines)
    {
    }

    public void SetNotice(string? text)
    {
    }

    public void SetPrompt(string who, IReadOnlyList<string> waiting)
    {
    }

    public void Close()
    {
    }
}
