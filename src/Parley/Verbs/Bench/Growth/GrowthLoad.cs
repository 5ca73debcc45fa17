using System.Globalization;
using System.Text;
using Parley.Client;
using Parley.Server.Inspection;

namespace Parley.Verbs.Bench.Growth;

/// <summary>Sends of some accounts, through all nodes, to so many that no queue of undelivered messages fills up;
/// nobody receives. Texts have a few words, so that the index for searches has as much to do as with a chat.</summary>
internal sealed class GrowthLoad : IBenchLoad
{
    private const int Senders = 8;
    private const int FillInFlight = Senders * BenchOptions.InFlightPerSession;
    private const int RecipientsMin = 100;

    /// <summary>Half of what an account may have undelivered.</summary>
    private const int MessagesPerRecipient = 50_000;

    private const int Texts = 4_096;
    private const int WordsMin = 4;
    private const int WordsMax = 16;
    private const int Seed = 3;
    private const int Tenth = 10;

    private readonly ParleySession[] senders;
    private readonly string[] recipients;
    private readonly string[] texts = MakeTexts();
    private uint next;

    private GrowthLoad(ParleySession[] senders, string[] recipients)
    {
        this.senders = senders;
        this.recipients = recipients;
    }

    /// <summary>One of those who are sent to.</summary>
    public string Recipient => recipients[0];

    public static async Task<GrowthLoad> CreateAsync(
        BenchPeople people, int messages, CancellationToken cancellationToken)
    {
        var names = await people.CreateAsync(
            "box", Math.Max(RecipientsMin, messages / MessagesPerRecipient), cancellationToken);
        return new(await people.LoginAsync("writer", Senders, cancellationToken), names);
    }

    public Task OnceAsync(int chain, int chains)
    {
        var number = Interlocked.Increment(ref next);
        return senders[chain % senders.Length].SendAsync(
            recipients[number % recipients.Length], texts[number % texts.Length], CancellationToken.None);
    }

    /// <summary>Sends so many as fast as it goes.</summary>
    public async Task FillAsync(int messages, Action<string> progress, CancellationToken cancellationToken)
    {
        var (begun, done) = (0, 0);
        var step = Math.Max(1, messages / Tenth);
        await Task.WhenAll(Enumerable.Range(0, FillInFlight).Select(RunChainAsync));

        async Task RunChainAsync(int chain)
        {
            while (Interlocked.Increment(ref begun) <= messages)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await OnceAsync(chain, FillInFlight);
                var stored = Interlocked.Increment(ref done);
                if (stored % step == 0)
                {
                    progress(string.Create(CultureInfo.InvariantCulture, $"{stored} of {messages} messages stored"));
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sender in senders)
        {
            await sender.DisposeAsync();
        }
    }

    /// <summary>Words by Zipf's law, then one long one up to the length that all modes send.</summary>
    private static string[] MakeTexts()
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, Texts).Select(_ => MakeText(random))];
    }

    private static string MakeText(Random random)
    {
        var text = new StringBuilder();
        for (var left = random.Next(WordsMin, WordsMax + 1); left > 0; left--)
        {
            text.Append(HistoryProbe.Word((int)Math.Pow(HistoryProbe.Words, random.NextDouble()))).Append(' ');
        }

        return text.Append('x', Math.Max(1, BenchOptions.TextBytes - text.Length)).ToString();
    }
}
