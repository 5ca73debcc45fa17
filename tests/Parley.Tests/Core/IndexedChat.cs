using Parley.Core.Search;

namespace Parley.Tests.Core;

/// <summary>A chat with an index of its texts, which follows when it is told to.</summary>
internal sealed class IndexedChat : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("parley-search-").FullName;

    public IndexedChat() => Index = MessageIndexFile.Create(Path.Combine(folder, "search.db"), "alice's");

    public TestChat Chat { get; } = new();

    public MessageIndexFile Index { get; }

    /// <summary>Brings the index to where the state is.</summary>
    public void Follow(IReadOnlyCollection<long>? dropped = null)
    {
        Index.Write([], dropped ?? [], Index.Through);
        while (Index.Through < Chat.State.AppliedIndex)
        {
            Index.Write(Chat.Reader.ReadTexts(Index.Through, Chat.State.AppliedIndex, 10_000, 1 << 24));
        }
    }

    public SearchPage Search(
        Person who, string words, string? with = null, long before = long.MaxValue, int messagesMax = 100,
        IMessageIndex? index = null, Func<bool>? isOver = null)
    {
        var query = SearchQuery.Find(words, out var expected) ?? throw new ArgumentException(expected, nameof(words));
        var wish = new SearchWish(query, with, before, messagesMax, 1 << 20);
        return Chat.Reader.Search(who.Account, wish, index ?? Index, isOver ?? (() => false));
    }

    /// <summary>The texts found, the newest first.</summary>
    public IReadOnlyList<string> Texts(Person who, string words, string? with = null) =>
        [.. Search(who, words, with).Messages.Select(message => message.Text)];

    public void Dispose()
    {
        Index.Dispose();
        Chat.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
