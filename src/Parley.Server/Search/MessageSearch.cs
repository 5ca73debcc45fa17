using Parley.Core.Search;
using Parley.Server.Api;
using Parley.Server.Consensus;

namespace Parley.Server.Search;

/// <summary>Runs searches, a few at a time and each for a moment, over whatever index there is now.</summary>
internal sealed class MessageSearch(StateAccess state, SearchIndexer indexer, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(300);

    private readonly SemaphoreSlim turns = new(ApiLimits.SearchesAtOnceMax);
    private readonly Lock counting = new();
    private readonly Dictionary<long, int> asked = [];

    /// <summary>What was applied when it began is found, or the page says that it may be incomplete.</summary>
    /// <exception cref="RefusedException">TOO_MANY_CALLS: this account, or others, search already.</exception>
    public async Task<SearchPage> RunAsync(long account, SearchWish wish, CancellationToken cancellationToken)
    {
        Enter(account);
        try
        {
            var applied = state.AppliedIndex;
            await indexer.WaitForAsync(applied, ApiLimits.SearchIndexWait, cancellationToken);
            if (!await turns.WaitAsync(ApiLimits.SearchTurnMax, cancellationToken))
            {
                throw new RefusedException(Reasons.TooManyCalls, retryAfter: RetryAfter);
            }

            try
            {
                return Search(account, wish, applied, cancellationToken);
            }
            finally
            {
                turns.Release();
            }
        }
        finally
        {
            Leave(account);
        }
    }

    public void Dispose() => turns.Dispose();

    /// <summary>One account may not take the turns of all others.</summary>
    private void Enter(long account)
    {
        lock (counting)
        {
            var already = asked.GetValueOrDefault(account);
            if (already >= ApiLimits.SearchesPerAccountMax)
            {
                throw new RefusedException(Reasons.TooManyCalls, retryAfter: RetryAfter);
            }

            asked[account] = already + 1;
        }
    }

    private void Leave(long account)
    {
        lock (counting)
        {
            if (--asked[account] == 0)
            {
                asked.Remove(account);
            }
        }
    }

    /// <summary>The page tells of nothing after what was applied when it was asked for: later messages, or those of a
    /// snapshot that came meanwhile, may be in the state and not in the index.</summary>
    private SearchPage Search(long account, SearchWish wish, long applied, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        bool IsOver() =>
            time.GetElapsedTime(started) >= ApiLimits.SearchTimeMax || cancellationToken.IsCancellationRequested;
        var (index, isCovered) = indexer.Find(applied);
        SearchPage? page = null;
        try
        {
            page = index is null ? null : state.Read(reader => reader.Search(account, wish, index, IsOver));
        }
        catch (MessageIndexException exception)
        {
            indexer.Report(exception);
        }

        if (page is null)
        {
            var nothing = state.Read(reader => reader.Search(account, wish, NoIndex.Instance, IsOver));
            page = nothing with { IsIncomplete = true };
        }

        return page with
        {
            AppliedIndex = Math.Min(page.AppliedIndex, applied),
            IsIncomplete = page.IsIncomplete || !isCovered,
        };
    }

    /// <summary>Offers nothing: who asks is still told whether there is whom they named.</summary>
    private sealed class NoIndex : IMessageIndex
    {
        public static readonly NoIndex Instance = new();

        public IReadOnlyList<long> Offer(in IndexQuestion question, Func<bool> isOver, out bool isCut)
        {
            isCut = false;
            return [];
        }
    }
}
