using Parley.Client;
using Parley.Verbs.Rooms;

namespace Parley.Verbs.Chat;

/// <summary>The last messages that this window knows of each person and room, as they are now: what a command that
/// names the second last finds without asking. A name may come to be another's, or another room's: the conversation
/// counts that has the newer message. Any thread.</summary>
internal sealed class KnownLines
{
    private const int PerPeerMax = 100;
    private const int PeersMax = 100;

    private readonly Lock gate = new();
    private readonly Dictionary<string, SortedList<long, ChatMessage>> lines = new(StringComparer.Ordinal);
    private readonly string account;

    public KnownLines(string account) => this.account = account;

    /// <summary>One that came; one that is known is replaced.</summary>
    public void Put(ChatMessage message) => Put(message, replaces: true);

    /// <summary>One that was stored: if it came already, that is the newer word.</summary>
    public void PutNew(ChatMessage message) => Put(message, replaces: false);

    /// <summary>As it is since it was edited or deleted, if it is known.</summary>
    public void Change(ChatMessage message)
    {
        lock (gate)
        {
            if (lines.TryGetValue(PeerOf(message), out var known)
                && known.TryGetValue(message.Sequence, out var old) && old.Conversation == message.Conversation)
            {
                known[message.Sequence] = message;
            }
        }
    }

    /// <summary>They may have been changed without a word: what comes from now on is known.</summary>
    public void Forget()
    {
        lock (gate)
        {
            lines.Clear();
        }
    }

    /// <summary>The last messages with somebody or in a room, in order, those that are left of them.</summary>
    public IReadOnlyList<ChatMessage> With(string peer)
    {
        lock (gate)
        {
            return lines.TryGetValue(peer, out var known) ? [.. known.Values] : [];
        }
    }

    /// <summary>Of some messages the last, or the one before, and so on, that is no tombstone; null: there are not so
    /// many.</summary>
    /// <param name="messages">In order.</param>
    /// <param name="own">Those of this account, or those of all others.</param>
    /// <param name="place">From 1, the last.</param>
    public ChatMessage? Find(IEnumerable<ChatMessage> messages, bool own, int place) => messages
        .Where(message => message.DeletedAt is null && (message.From == account) == own)
        .Reverse().Skip(place - 1).FirstOrDefault();

    private void Put(ChatMessage message, bool replaces)
    {
        lock (gate)
        {
            var peer = PeerOf(message);
            if (lines.Count == PeersMax && !lines.ContainsKey(peer))
            {
                lines.Clear();
            }

            if (!lines.TryGetValue(peer, out var known))
            {
                lines.Add(peer, known = []);
            }

            if (known.Values is [.., var last] && last.Conversation != message.Conversation)
            {
                if (message.LogIndex < last.LogIndex)
                {
                    return;
                }

                known.Clear();
            }

            if (!known.TryAdd(message.Sequence, message) && replaces)
            {
                known[message.Sequence] = message;
            }

            if (known.Count > PerPeerMax)
            {
                known.RemoveAt(0);
            }
        }
    }

    private string PeerOf(ChatMessage message) =>
        RoomText.IsRoom(message.To) || message.From == account ? message.To : message.From;
}
