namespace Parley.Verify.Linearizability;

/// <summary>
/// Finds an order of the operations on one thing that a single copy of it could have done, in which each takes effect
/// between its call and its answer: the algorithm of Wing and Gong (1993) with Lowe's memory (2017) of what was tried:
/// a set of operations done and the state after them need no second look.
/// </summary>
internal static class LinearizabilityChecker
{
    /// <summary>Every operation of unknown outcome can double what must be tried: more than this is not.</summary>
    public const int TriesMax = 2_000_000;

    /// <summary>Null when there is such an order; else the operation that no order could get past.</summary>
    /// <param name="calls">On one thing, in any order.</param>
    /// <param name="initial">Before all of them.</param>
    /// <param name="next">The states after an operation with that answer, in a state; none: it cannot be.</param>
    /// <exception cref="UndecidedException">It took more than <see cref="TriesMax"/> tries.</exception>
    public static Call<TOperation>? FindStuck<TState, TOperation>(
        IReadOnlyList<Call<TOperation>> calls,
        TState initial,
        Func<TState, TOperation, IReadOnlyList<TState>> next)
        where TState : notnull =>
        new Search<TState, TOperation>(calls, next).FindStuck(initial);

    /// <summary>A depth-first search that keeps its own stack: histories are longer than threads are deep.</summary>
    private sealed class Search<TState, TOperation>(
        IReadOnlyList<Call<TOperation>> calls, Func<TState, TOperation, IReadOnlyList<TState>> next)
        where TState : notnull
    {
        private readonly Call<TOperation>[] answered =
            [.. calls.Where(call => !call.IsOpen).OrderBy(call => call.BeginUs)];

        private readonly Call<TOperation>[] open = [.. calls.Where(call => call.IsOpen)];
        private readonly HashSet<Configuration> seen = [];
        private readonly Stack<Configuration> waiting = new();

        public Call<TOperation>? FindStuck(TState initial)
        {
            var furthest = 0;
            Push(new(0, "", "", initial));
            while (waiting.TryPop(out var now))
            {
                if (now.Done == answered.Length)
                {
                    return null;
                }

                furthest = Math.Max(furthest, now.Done);
                if (seen.Count > TriesMax)
                {
                    throw new UndecidedException($"not decided within {TriesMax} tries, too many outcomes are unknown");
                }

                Expand(now);
            }

            return answered[furthest];
        }

        private void Expand(Configuration now)
        {
            // Whatever begins after another's answer cannot stand before it.
            var horizon = long.MaxValue;
            var candidates = new List<int>();
            for (var place = now.Done; place < answered.Length && answered[place].BeginUs <= horizon; place++)
            {
                if (!now.IsAhead(place))
                {
                    candidates.Add(place);
                    horizon = Math.Min(horizon, answered[place].EndUs);
                }
            }

            // The oldest answered one is tried first: it is pushed last. What was never answered is tried when nothing
            // else goes on: it may be done at any time, or never.
            for (var place = 0; place < open.Length; place++)
            {
                if (open[place].BeginUs <= horizon && !now.Opened.Contains((char)place, StringComparison.Ordinal))
                {
                    PushAll(now with { Opened = Mark(now.Opened, place) }, open[place].Operation);
                }
            }

            for (var at = candidates.Count - 1; at >= 0; at--)
            {
                PushAll(After(now, candidates[at]), answered[candidates[at]].Operation);
            }
        }

        private static Configuration After(Configuration now, int place)
        {
            if (place != now.Done)
            {
                return now with { Ahead = Mark(now.Ahead, place - now.Done) };
            }

            // Everything before Done is done: the marks begin at the first that is not.
            var done = place + 1;
            while (now.IsAhead(done))
            {
                done++;
            }

            var ahead = now.Ahead.Where(mark => now.Done + mark > done).Select(mark => (char)(now.Done + mark - done));
            return now with { Done = done, Ahead = new([.. ahead]) };
        }

        private static string Mark(string marks, int mark)
        {
            var more = (marks + (char)mark).ToCharArray();
            Array.Sort(more);
            return new(more);
        }

        private void PushAll(Configuration after, TOperation operation)
        {
            foreach (var state in next(after.State, operation))
            {
                Push(after with { State = state });
            }
        }

        private void Push(Configuration configuration)
        {
            if (seen.Add(configuration))
            {
                waiting.Push(configuration);
            }
        }

        /// <summary>What was done: of those answered all before <paramref name="Done"/>, and a few ahead of it, as
        /// their distances from there; and which of those never answered.</summary>
        private sealed record Configuration(int Done, string Ahead, string Opened, TState State)
        {
            public bool IsAhead(int place) =>
                place > Done && Ahead.Contains((char)(place - Done), StringComparison.Ordinal);
        }
    }
}
