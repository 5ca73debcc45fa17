using Parley.Core;
using Parley.Core.Search;

namespace Parley.Server.Search;

/// <content>The thread.</content>
internal sealed partial class SearchIndexer
{
    /// <summary>A fault here must not be the end of the node, and of all others with it that get the same message: so
    /// this is where everything is caught.</summary>
    private void Run(string owner)
    {
        var (pause, failedAt) = (FirstPause, time.GetTimestamp());
        while (true)
        {
            try
            {
                using var opened = Open(owner);
                if (opened is not null)
                {
                    Follow(opened);
                }

                index = null;
                return;
            }
            catch (Exception exception)
            {
                var isExpected = exception is MessageIndexException or StateStorageException;
                Log.SearchPaused(logger, isExpected ? exception.Message : exception.ToString());
                pause = time.GetElapsedTime(failedAt) > LongestPause ? FirstPause : pause;
                failedAt = time.GetTimestamp();
                lock (gate)
                {
                    index = null;
                    isWhole = false;
                    mustCompare = true;
                    dropped.Clear();
                    mustRemake |= exception is MessageIndexException { IsDamaged: true };
                    WaitUntilStopping(pause);
                    if (isStopping)
                    {
                        return;
                    }
                }

                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    /// <summary>The one that is there if it can be trusted, else a new one; null: it stops before there is room.
    /// </summary>
    private MessageIndexFile? Open(string owner)
    {
        bool isWanted;
        lock (gate)
        {
            isWanted = File.Exists(path) && !mustRemake;
            mustRemake = false;
        }

        if (isWanted && FindWhole(owner) is { } opened)
        {
            return opened;
        }

        foreach (var suffix in (string[])["", "-wal", "-shm", "-journal"])
        {
            File.Delete(path + suffix);
        }

        if (!HasRoom(isKept: false))
        {
            return null;
        }

        var made = MessageIndexFile.Create(path, owner);
        index = made;
        return made;
    }

    /// <summary>It is asked already while it is looked through; answers say that they may be incomplete.</summary>
    private MessageIndexFile? FindWhole(string owner)
    {
        MessageIndexFile? opened = null;
        try
        {
            opened = MessageIndexFile.Open(path, owner);
            index = opened;
            opened.Check();
            return opened;
        }
        catch (MessageIndexException exception) when (exception.IsDamaged)
        {
            index = null;
            opened?.Dispose();
            Log.SearchRemade(logger, exception.Message);
            return null;
        }
        catch
        {
            index = null;
            opened?.Dispose();
            throw;
        }
    }

    private void Follow(MessageIndexFile opened)
    {
        while (Take() is { } work)
        {
            if (work.MustCompare && opened.Through < work.Goal)
            {
                Compare(opened);
            }

            opened.Write([], work.Dropped, opened.Through);
            while (Trusts() && opened.Through < work.Goal)
            {
                var started = time.GetTimestamp();
                var isFarBehind = opened.Through + FarBehind < work.Goal;
                if (!HasRoom(isKept: true))
                {
                    return;
                }

                WriteNext(opened, work.Goal);
                if (isFarBehind && !HasPaused(time.GetElapsedTime(started)))
                {
                    return;
                }
            }

            waiters.Applied(opened.Through);
        }
    }

    /// <summary>Whether the file is still the one to go on with; then it may be relied upon as far as it is.</summary>
    private bool Trusts()
    {
        lock (gate)
        {
            isWhole = !mustRemake && !mustCompare;
            return !mustRemake;
        }
    }

    /// <summary>Waits until there is room to take more in. False: it stops.</summary>
    /// <param name="isKept">There is a file, which is given up where room is very short.</param>
    /// <exception cref="MessageIndexException">It is given up.</exception>
    private bool HasRoom(bool isKept)
    {
        for (var isTold = false; room() is var free && free < RoomKept; isTold = true)
        {
            var found = $"at least {RoomKept >> 20} MiB of free room are expected where it is, {free >> 20} found";
            if (isKept && free < RoomAtLeast)
            {
                throw new MessageIndexException($"{found}: it is deleted and made anew later", isDamaged: true);
            }

            if (!isTold)
            {
                Log.SearchPaused(logger, found);
            }

            if (!HasPaused(RoomPause))
            {
                return false;
            }
        }

        return true;
    }

    private void WriteNext(MessageIndexFile opened, long through)
    {
        var batch = state.Read(
            reader => reader.ReadTexts(opened.Through, through, BatchMessagesMax, BatchBytesMax));
        opened.Write(batch);
        waiters.Applied(batch.Through);
    }

    /// <summary>Takes out what the state does not have any more: nobody told which that was.</summary>
    /// <exception cref="MessageIndexException">Something is missing in it, too: it is of another state.</exception>
    private void Compare(MessageIndexFile opened)
    {
        var after = 0L;
        while (after < opened.Through)
        {
            var held = opened.ListPositions(after, RowsAtOnce);
            var last = held.Count < RowsAtOnce ? opened.Through : held[^1];
            var stored = new HashSet<long>();
            for (var from = after; from < last;)
            {
                var positions = state.Read(reader => reader.ReadPositions(from, last, RowsAtOnce));
                stored.UnionWith(positions);
                from = positions.Count < RowsAtOnce ? last : positions[^1];
            }

            if (!stored.IsSubsetOf(held))
            {
                throw new MessageIndexException("messages of the state are missing in it", isDamaged: true);
            }

            opened.Write([], [.. held.Where(position => !stored.Contains(position))], opened.Through);
            after = last;
        }
    }

    /// <summary>Waits for something to do; null: nothing any more, or it must be made anew.</summary>
    private Work? Take()
    {
        lock (gate)
        {
            while (!isStopping && !mustRemake && !mustCompare && dropped.Count == 0 && IsCaughtUp)
            {
                isIdle = true;
                Monitor.Wait(gate);
                isIdle = false;
            }

            if (!mustHurry && !isStopping && !mustRemake)
            {
                Monitor.Wait(gate, GatherTime);
            }

            if (mustRemake)
            {
                throw new MessageIndexException("it was found damaged", isDamaged: true);
            }

            if (isStopping && (IsCaughtUp || index!.Through + FarBehind < goal) && dropped.Count == 0)
            {
                return null;
            }

            var work = new Work(goal, dropped, mustCompare);
            dropped = [];
            mustCompare = false;
            mustHurry = false;
            return work;
        }
    }

    private bool IsCaughtUp => index!.Through >= goal;

    private bool HasPaused(TimeSpan span)
    {
        lock (gate)
        {
            WaitUntilStopping(span);
            return !isStopping;
        }
    }

    private void WaitUntilStopping(TimeSpan span)
    {
        var started = time.GetTimestamp();
        while (!isStopping && span - time.GetElapsedTime(started) is { Ticks: > 0 } left)
        {
            Monitor.Wait(gate, left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left);
        }
    }

    /// <summary>What to do in one go.</summary>
    private sealed record Work(long Goal, IReadOnlyList<long> Dropped, bool MustCompare);
}
