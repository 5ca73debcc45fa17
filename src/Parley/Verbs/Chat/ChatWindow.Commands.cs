using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;
using Parley.Verbs.Messaging;
using Parley.Verbs.Rooms;

namespace Parley.Verbs.Chat;

/// <content>What the commands do.</content>
internal sealed partial class ChatWindow
{
    // Of the first so many of a list it is asked whether they are there: each 20 are a call.
    private const int AccountsAtOnce = 100;

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
        screen.SetPrompt(peer ?? "", unread.Elsewhere(peer));
    }

    private async Task SetPeerAsync(string name, CancellationToken cancellationToken)
    {
        if (name.Length == 0)
        {
            screen.Line(peer is null ? "/to NAME" : $"lines go to {peer}");
        }
        else
        {
            await LookAtAsync(name.ToLowerInvariant(), cancellationToken);
            screen.Note($"lines you type go to {peer} now");
        }
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

        var listed = 0;
        var some = new List<AccountEntry>();
        await foreach (var account in session.ListAccountsAsync(pattern, cancellationToken))
        {
            some.Add(account);
            if (some.Count == AccountsAtOnce)
            {
                await ShowAccountsAsync(some, AccountsAtOnce - listed, cancellationToken);
                listed += some.Count;
                some.Clear();
            }
        }

        await ShowAccountsAsync(some, AccountsAtOnce - listed, cancellationToken);
        if (listed + some.Count > AccountsAtOnce)
        {
            screen.Line($"  whether they are there: of the first {AccountsAtOnce} alone (/who PATTERN lists fewer)");
        }
    }

    /// <summary>Of whom this person may not know whether they are there, it is said that they are logged in.</summary>
    private async Task ShowAccountsAsync(
        List<AccountEntry> some, int askedMax, CancellationToken cancellationToken)
    {
        var there = await PresenceText.AskAsync(
            session, [.. some.Take(askedMax).Select(account => account.Name)], cancellationToken);
        foreach (var account in some)
        {
            var said = there.GetValueOrDefault(account.Name) is { Presence: not Presence.NotTold } presence
                ? PresenceText.Short(presence)
                : account.Online ? "logged in" : "";
            screen.Line($"  {Sanitizer.Line(account.Name)}  {said}".TrimEnd());
        }
    }

    private bool NamesReader(ChatMessage message) =>
        message.From != session.Account && Mention.IsIn(message.Text, session.Account);

    private ChatEntry EntryOf(ChatMessage message)
    {
        var isOwn = message.From == session.Account;
        var state = EntryText.StateOf(message) ?? (NamesReader(message) ? "names you" : null);
        return new(message.SentAt, message.From, isOwn ? message.To : null, message.Text, state)
        {
            Room = RoomText.IsRoom(message.To) ? message.To : null,
            Reader = isOwn ? null : session.Account,
        };
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
            var line = $"/{command.Name} {command.Arguments}".TrimEnd();
            screen.Line(screen.IsNarrow ? $"{line}: {command.Help}" : $"  {line,-22} {command.Help}");
        }

        return Task.CompletedTask;
    }

    private Task Quit()
    {
        quit.TrySetResult(ExitCodes.Ok);
        return Task.CompletedTask;
    }
}
