using Parley.Verify;

namespace Parley.Verbs.Verify.People;

/// <summary>Gives each life of each client its recorder, and keeps them all. Thread-safe.</summary>
internal sealed class HistoryBook
{
    private readonly Lock opening = new();
    private readonly List<HistoryRecorder> recorders = [];
    private readonly Dictionary<string, int> lives = new(StringComparer.Ordinal);

    /// <summary>All events so far, life by life.</summary>
    public IReadOnlyList<HistoryEvent> Events
    {
        get
        {
            HistoryRecorder[] all;
            lock (opening)
            {
                all = [.. recorders];
            }

            return [.. all.SelectMany(recorder => recorder.Events)];
        }
    }

    /// <summary>A new life: <c>bob#2</c> after <c>bob#1</c>.</summary>
    public HistoryRecorder Open(string client, string account)
    {
        lock (opening)
        {
            var life = lives.GetValueOrDefault(client) + 1;
            lives[client] = life;
            var recorder = new HistoryRecorder($"{client}#{life}", account, TimeProvider.System);
            recorders.Add(recorder);
            return recorder;
        }
    }
}
