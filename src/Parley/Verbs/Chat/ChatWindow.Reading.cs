using Parley.Verbs.Messaging;

namespace Parley.Verbs.Chat;

/// <content>What was read, and what was not.</content>
internal sealed partial class ChatWindow
{
    private static readonly TimeSpan LastMarksMax = TimeSpan.FromSeconds(1);
    private readonly UnreadCounts unread = new();

    /// <summary>It is read after it was delivered.</summary>
    private async Task AcknowledgeAsync(string conversation, long sequence, CancellationToken cancellationToken)
    {
        await session.AcknowledgeAsync(conversation, sequence, cancellationToken);
        shown.Shown(conversation, sequence);
    }

    /// <summary>Somebody looks at it now: the prompt says so at once, the cluster is told soon.</summary>
    private void LookedAt(string conversation, long sequence)
    {
        session.MarkReadSoon(conversation, sequence);
        CountRead(conversation, sequence);
    }

    private void CountRead(string conversation, long sequence)
    {
        if (unread.Read(conversation, sequence))
        {
            ShowPeer();
        }
    }

    /// <summary>Asks what is unread, also what another program of this person has read meanwhile.</summary>
    private async Task LearnUnreadAsync(CancellationToken cancellationToken)
    {
        await TellReadAsync(); // What was looked at just now counts.
        unread.Learn(await ConversationText.ReadAsync(session, onlyUnread: false, cancellationToken));
        ShowPeer();
    }

    private async Task ShowUnreadAsync(CancellationToken cancellationToken)
    {
        await LearnUnreadAsync(cancellationToken);
        var open = unread.Elsewhere(than: null);
        foreach (var talk in open)
        {
            screen.Line($"  {talk} unread");
        }

        if (open.Count == 0)
        {
            screen.Line("nothing is unread");
        }
    }

    /// <summary>What was read last is told, if that is quick: at the end it must not cost the logout.</summary>
    private async Task TellReadAsync()
    {
        using var limit = new CancellationTokenSource(LastMarksMax);
        try
        {
            await session.FlushReadMarksAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // It stays unread, and is shown as such where somebody looks next.
        }
    }
}
