using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Core;
using Parley.Core.Search;
using Parley.Server.Api;
using Parley.Server.Consensus;
using Parley.Server.Search;

namespace Parley.Server.Inspection;

/// <summary>
/// The state and the index of a node with a history of any length, and what a node does with them when a client opens
/// a conversation or searches: without network, session and the question whether it has everything.
/// </summary>
internal sealed class HistoryProbe : IDisposable
{
    /// <summary>Messages of the page that is read of a conversation.</summary>
    public const int PageMessages = ApiLimits.PageSizeDefault;

    private readonly StateAccess state;
    private readonly SearchIndexer indexer;
    private readonly MessageSearch search;
    private readonly HistoryFill fill;
    private readonly string folder;

    private HistoryProbe(string folder)
    {
        this.folder = folder;
        var chat = ChatState.Open(Path.Combine(folder, "state.db"));
        state = new StateAccess(chat, TimeProvider.System);
        fill = new HistoryFill(chat);
        indexer = new SearchIndexer(
            state,
            Path.Combine(folder, SearchIndexer.FileName),
            () => new DriveInfo(folder).AvailableFreeSpace,
            TimeProvider.System,
            NullLogger<SearchIndexer>.Instance);
        search = new MessageSearch(state, indexer, TimeProvider.System);
    }

    /// <summary>All that the account who searches has, rooms with a '#', the largest first.</summary>
    public static IReadOnlyList<string> Conversations => HistoryFill.Conversations;

    /// <summary>How many words there are.</summary>
    public static int Words => HistoryFill.Words;

    /// <summary>The file of the state, bytes.</summary>
    public long StateBytes => SizeOf("state.db");

    /// <summary>The file of the index, bytes.</summary>
    public long IndexBytes => SizeOf(SearchIndexer.FileName);

    /// <summary>The word of a rank: 1 is in most texts, the last in fewest.</summary>
    public static string Word(int rank) => HistoryFill.Word(rank);

    /// <summary>One of the two words of which every text has one, and none both.</summary>
    public static string Side(int number) => HistoryFill.Side(number);

    /// <summary>Fills an empty folder and waits until all of it is in the index.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="messages">How many.</param>
    /// <param name="progress">Told now and then what is done, as a sentence.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<HistoryProbe> CreateAsync(
        string folder, int messages, Action<string> progress, CancellationToken cancellationToken)
    {
        var probe = new HistoryProbe(folder);
        try
        {
            await probe.FillAsync(messages, progress, cancellationToken);
            return probe;
        }
        catch
        {
            probe.Dispose();
            throw;
        }
    }

    /// <summary>Reads the newest page of a conversation as a client does, who first asks for its last sequence.
    /// </summary>
    /// <returns>How long it took, and how many messages it has.</returns>
    public (TimeSpan Time, int Messages) Open(string conversation)
    {
        var begin = Stopwatch.GetTimestamp();
        var head = Read(conversation, long.MaxValue - 1).HeadSequence;
        var page = Read(conversation, Math.Max(0, head - PageMessages));
        return (Stopwatch.GetElapsedTime(begin), page.Messages.Count);
    }

    /// <summary>Searches, as SearchMessages does.</summary>
    /// <param name="query">The words.</param>
    /// <param name="with">A conversation; null: all.</param>
    /// <param name="messagesMax">The most that are wanted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How long it took, how many were found, and whether it ended for its time.</returns>
    public async Task<(TimeSpan Time, int Messages, bool IsCut)> SearchAsync(
        string query, string? with, int messagesMax, CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        var wish = new SearchWish(
            SearchQuery.Find(query, out _)!, with, long.MaxValue, messagesMax, Limits.PageBytesMax);
        var page = await search.RunAsync(fill.Account, wish, cancellationToken);
        var isCut = page.IsIncomplete || (page.GoOnBefore is not null && page.Messages.Count < messagesMax);
        return (Stopwatch.GetElapsedTime(begin), page.Messages.Count, isCut);
    }

    public void Dispose()
    {
        indexer.Stop();
        search.Dispose();
        state.Dispose();
    }

    private async Task FillAsync(int messages, Action<string> progress, CancellationToken cancellationToken)
    {
        indexer.Start("bench");
        var begin = Stopwatch.GetTimestamp();
        fill.Run(
            messages,
            result =>
            {
                state.Publish();
                indexer.Applied(result);
            },
            cancellationToken);
        progress(FormattableString.Invariant(
            $"{messages} messages applied in {Stopwatch.GetElapsedTime(begin).TotalSeconds:0} s"));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!indexer.Covers(state.AppliedIndex))
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        state.State.Checkpoint(); // As the applier does; nobody else reads or writes now.
        progress(FormattableString.Invariant(
            $"all of them in the index {Stopwatch.GetElapsedTime(begin).TotalSeconds:0} s after the first"));
    }

    private HistoryPage Read(string conversation, long afterSequence) => state.Read(reader =>
        reader.ReadHistory(fill.Account, conversation, afterSequence, PageMessages, Limits.PageBytesMax));

    private long SizeOf(string name) => new FileInfo(Path.Combine(folder, name)).Length;
}
