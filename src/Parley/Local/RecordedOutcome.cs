using Parley.Client;
using Parley.Verify;

namespace Parley.Local;

/// <summary>The one table from how a client's call ended to how the history says it.</summary>
internal static class RecordedOutcome
{
    /// <summary>Waits for the call, writes down how it ended, and returns or throws what it did.</summary>
    public static async Task<T> EndAsync<T>(
        HistoryRecorder recorder,
        HistoryEvent started,
        Task<T> outcome,
        Func<HistoryEvent, T, HistoryEvent> fill)
    {
        try
        {
            var answer = await outcome;
            recorder.End(started, HistoryPhase.Ok, end => fill(end, answer));
            return answer;
        }
        catch (ParleyException refused)
        {
            recorder.End(started, PhaseOf(refused), end => end with { Error = refused.Reason });
            throw;
        }
        catch (OperationCanceledException)
        {
            recorder.End(started, HistoryPhase.Info);
            throw;
        }
    }

    /// <summary>As the other, for a call that answers nothing.</summary>
    public static Task EndAsync(HistoryRecorder recorder, HistoryEvent started, Task outcome)
    {
        return EndAsync(recorder, started, DoneAsync(), (end, _) => end);

        async Task<bool> DoneAsync()
        {
            await outcome;
            return true;
        }
    }

    private static HistoryPhase PhaseOf(ParleyException refused) =>
        refused is OutcomeUnknownException ? HistoryPhase.Info : HistoryPhase.Fail;
}
