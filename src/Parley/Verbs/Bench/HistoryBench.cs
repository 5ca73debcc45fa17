using System.Diagnostics;
using Parley.Server.Inspection;

namespace Parley.Verbs.Bench;

/// <summary>
/// One node's part in opening a conversation and in searching, with a long history: its state and its index on disk,
/// in this process, without network.
/// </summary>
internal sealed class HistoryBench
{
    private const int RoundsMax = 200;
    private const int WarmUpRounds = 5;
    private const int FoundMax = 20;
    private const int FrequentRanks = 50;
    private const int Seed = 2;

    /// <summary>Of each measurement; what takes long is done less often.</summary>
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(5);

    private readonly HistoryProbe probe;
    private readonly Random random = new(Seed);

    private HistoryBench(HistoryProbe probe) => this.probe = probe;

    private static string LargeRoom => HistoryProbe.Conversations[0];

    private string Frequent => HistoryProbe.Word(random.Next(1, FrequentRanks));

    /// <summary>Of the rarer half of all words.</summary>
    private string Rare => HistoryProbe.Word(random.Next(HistoryProbe.Words / 2, HistoryProbe.Words));

    private string AnyConversation => HistoryProbe.Conversations[random.Next(HistoryProbe.Conversations.Count)];

    /// <summary>Fills a folder, then measures.</summary>
    /// <param name="folder">An empty one.</param>
    /// <param name="messages">How long the history is.</param>
    /// <param name="add">Takes each result.</param>
    /// <param name="error">Told what goes on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(
        string folder, int messages, Action<HistoryResult> add, TextWriter error, CancellationToken cancellationToken)
    {
        error.WriteLine(
            $"one node's state and index in this process: {messages} messages, half of them in one room, "
            + $"{HistoryProbe.Conversations.Count} conversations");
        using var filled = await HistoryProbe.CreateAsync(folder, messages, error.WriteLine, cancellationToken);
        error.WriteLine($"state.db {filled.StateBytes >> 20} MiB, search.db {filled.IndexBytes >> 20} MiB");
        var bench = new HistoryBench(filled);
        foreach (var (what, deed) in bench.Deeds(cancellationToken))
        {
            add(await MeasureAsync(what, deed));
        }
    }

    private static async Task<HistoryResult> MeasureAsync(string what, Func<Task<Deed>> deed)
    {
        for (var round = 0; round < WarmUpRounds; round++)
        {
            await deed();
        }

        var cpu = Environment.CpuUsage.TotalTime;
        var times = new List<TimeSpan>(RoundsMax);
        var (messages, cut) = (0L, 0);
        var begin = Stopwatch.GetTimestamp();
        while (times.Count < RoundsMax && Stopwatch.GetElapsedTime(begin) < TimeMax)
        {
            var done = await deed();
            times.Add(done.Time);
            messages += done.Messages;
            cut += done.IsCut ? 1 : 0;
        }

        cpu = Environment.CpuUsage.TotalTime - cpu;
        times.Sort();
        return new()
        {
            Mode = "history",
            What = what,
            N = times.Count,
            MedianMs = Milliseconds(times[times.Count / 2]),
            P99Ms = Milliseconds(times[times.Count * 99 / 100]),
            MaxMs = Milliseconds(times[^1]),
            CpuMs = Milliseconds(cpu / times.Count),
            Messages = Math.Round((double)messages / times.Count, 1),
            Cut = cut,
        };
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 2);

    private IEnumerable<(string What, Func<Task<Deed>> Deed)> Deeds(CancellationToken cancellationToken)
    {
        yield return ("open the large room", () => Open(LargeRoom));
        yield return ("open any conversation", () => Open(AnyConversation));
        foreach (var (place, with) in new[] { ("in the large room", LargeRoom), ("everywhere", null) })
        {
            Func<Task<Deed>> Search(Func<string> query) => async () =>
            {
                var (time, found, isCut) = await probe.SearchAsync(query(), with, FoundMax, cancellationToken);
                return new Deed(time, found, isCut);
            };
            yield return ($"a frequent word {place}", Search(() => Frequent));
            yield return ($"a rare word {place}", Search(() => Rare));
            yield return ($"no such word {place}", Search(() => $"none{random.Next()}"));
            yield return ($"two frequent words {place}", Search(() => $"{Frequent} {Frequent}"));
            yield return ($"two in quotes {place}", Search(() => $"\"{Frequent} {Frequent}\""));
            yield return ($"frequent and rare {place}", Search(() => $"{Frequent} {Rare}"));
            yield return ($"two rare words {place}", Search(() => $"{Rare} {Rare}"));
            yield return ($"five frequent words {place}", Search(
                () => string.Join(' ', Enumerable.Range(0, 5).Select(_ => Frequent))));
            yield return ($"two that never meet {place}", Search(
                () => $"{HistoryProbe.Side(0)} {HistoryProbe.Side(1)}"));
        }
    }

    private Task<Deed> Open(string conversation)
    {
        var (time, messages) = probe.Open(conversation);
        return Task.FromResult(new Deed(time, messages, IsCut: false));
    }

    /// <summary>What was done once.</summary>
    private readonly record struct Deed(TimeSpan Time, int Messages, bool IsCut);
}
