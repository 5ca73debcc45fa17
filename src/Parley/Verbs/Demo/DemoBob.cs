using Parley.Client;
using Parley.Local;
using Parley.Verbs.Chat;

namespace Parley.Verbs.Demo;

/// <summary>The second person of the demo: answers alice, and says what to try next.</summary>
internal sealed class DemoBob(DemoBoard board, IChatScreen screen, int leader, CancellationToken cancellationToken)
{
    private readonly Lock answering = new();
    private readonly string[] hints =
    [
        $"hi! I am bob, a second client. /kill {leader} ends the server that leads; then write to me again.",
        "came through. Two of five may die: /kill another one, and go on.",
        "still here. Now a third? Without a majority nothing is accepted; what you type then waits, nothing is lost.",
        "/restart N starts a server again from its own disk; /pause N makes one hang, /resume lets it go on.",
    ];
    private RecordedClient? client;
    private Task last = Task.CompletedTask;
    private int answers;

    /// <summary>Whom he answers as, once he is logged in.</summary>
    public void Begin(RecordedClient bob) => client = bob;

    /// <summary>A message for him.</summary>
    public void Received(ChatMessage message)
    {
        board.Shown(message);
        lock (answering)
        {
            var text = answers < hints.Length ? hints[answers] : $"got it: “{message.Text}”";
            answers++;
            last = AfterAsync(last, text, message.From);
        }
    }

    /// <summary>Somebody lets him say this.</summary>
    public Task SayAsync(string text)
    {
        lock (answering)
        {
            return last = AfterAsync(last, text, DemoAccounts.Alice);
        }
    }

    private async Task AfterAsync(Task before, string text, string to)
    {
        try
        {
            await before;
            await board.CountAsync(() => client!.SendAsync(to, text, cancellationToken));
        }
        catch (Exception ending) when (ending is ParleyException or OperationCanceledException)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                screen.Note($"bob could not answer: {ending.Message}");
            }
        }
    }
}
