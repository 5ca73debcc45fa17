using System.Globalization;
using Parley.Client;
using Parley.CommandLine;
using Parley.Verbs.Rooms;

namespace Parley.Verbs.Chat;

/// <content>What the commands do.</content>
internal sealed partial class ChatWindow
{
    private void SuggestPeer(string from)
    {
        if (peer is null)
        {
            peer = from;
            ShowPeer();
            screen.Note($"lines you type go to {from} now (/to NAME changes that)");
        }
    }

    private void ShowPeer()
    {
        var waiting = $"{shelf}";
        var where = waiting.Length == 0 ? peer : $"{peer} ({waiting})".TrimStart();
        screen.SetPrompt($"{where}> ");
    }

    private Task SetPeer(string name)
    {
        if (name.Length == 0)
        {
            screen.Line(peer is null ? "/to NAME" : $"lines go to {peer}");
        }
        else
        {
            LookAt(name.ToLowerInvariant());
            screen.Note($"lines you type go to {peer} now");
        }

        return Task.CompletedTask;
    }

    private Task SayDeed(string deed)
    {
        if (deed.Length == 0)
        {
            screen.Line("/me TEXT");
        }
        else
        {
            Say(EntryText.Deed + deed);
        }

        return Task.CompletedTask;
    }

    private Task SendOne(string rest)
    {
        var (name, text) = ChatLine.SplitWord(rest);
        if (text.Length == 0)
        {
            screen.Line("/msg NAME TEXT");
        }
        else
        {
            Send(name.ToLowerInvariant(), text);
        }

        return Task.CompletedTask;
    }

    private async Task ShowAccountsAsync(string pattern, CancellationToken cancellationToken)
    {
        if (pattern.Length == 0 && Room.Length > 0)
        {
            await ShowMembersAsync(Room, cancellationToken);
            return;
        }

        await foreach (var account in session.ListAccountsAsync(pattern, cancellationToken))
        {
            screen.Line($"  {account.Name}{(account.Online ? "  (online)" : "")}");
        }
    }

    private async Task ShowHistoryAsync(string rest, CancellationToken cancellationToken)
    {
        const int LinesDefault = 20;
        var (name, number) = ChatLine.SplitWord(rest);
        if (int.TryParse(name, CultureInfo.InvariantCulture, out var only))
        {
            (name, number) = ("", only.ToString(CultureInfo.InvariantCulture));
        }

        name = name.Length == 0 ? peer ?? "" : name;
        if (name.Length == 0)
        {
            screen.Line("/history NAME");
            return;
        }

        // What was typed before belongs to what is shown.
        await sent.SettleAsync(Farewell, cancellationToken);
        var count = int.TryParse(number, CultureInfo.InvariantCulture, out var given) ? given : LinesDefault;
        var (messages, stale) = await ReadLastAsync(name, count, cancellationToken);
        foreach (var message in messages)
        {
            screen.Message(EntryOf(message));
        }

        if (stale)
        {
            screen.Note("there may be newer ones: no majority of the servers answers");
        }
    }

    private bool NamesReader(ChatMessage message) =>
        message.From != session.Account && Mention.IsIn(message.Text, session.Account);

    private ChatEntry EntryOf(ChatMessage message)
    {
        var isOwn = message.From == session.Account;
        var state = NamesReader(message) ? "names you" : null;
        return new(message.SentAt, message.From, isOwn ? message.To : null, message.Text, state)
        {
            Room = RoomText.IsRoom(message.To) ? message.To : null,
            Reader = isOwn ? null : session.Account,
        };
    }

    private async Task<(IReadOnlyCollection<ChatMessage> Messages, bool Stale)> ReadLastAsync(
        string name, int count, CancellationToken cancellationToken)
    {
        var last = new Queue<ChatMessage>();
        var stale = false;
        string? next = null;
        do
        {
            var page = await session.ListMessagesAsync(name, 0, next, local: false, cancellationToken);
            foreach (var message in page.Messages)
            {
                last.Enqueue(message);
                if (last.Count > count)
                {
                    last.Dequeue();
                }
            }

            stale |= page.Stale;
            next = page.NextPageToken;
        }
        while (next is not null);
        return (last, stale);
    }

    private async Task ShowNodesAsync(CancellationToken cancellationToken)
    {
        foreach (var line in await NodeLines.AskAsync(client, cancellationToken))
        {
            screen.Line($"  {line}");
        }
    }

    private async Task ShowStatusAsync(CancellationToken cancellationToken) =>
        screen.Line(await NodeLines.SummaryAsync(client, cancellationToken));

    private async Task ShowSafetyAsync(CancellationToken cancellationToken)
    {
        screen.Line(sent.Last is { } place
            ? await NodeLines.SafetyAsync(client, place, cancellationToken)
            : "none of your lines is stored yet in this chat");
    }

    private Task ShowHelp()
    {
        foreach (var command in commands.Values)
        {
            screen.Line($"  {"/" + command.Name + " " + command.Arguments,-22} {command.Help}");
        }

        return Task.CompletedTask;
    }

    private Task Quit()
    {
        quit.TrySetResult(ExitCodes.Ok);
        return Task.CompletedTask;
    }
}
