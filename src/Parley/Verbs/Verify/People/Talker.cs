using Parley.Client.Sending;
using Parley.Local;

namespace Parley.Verbs.Verify.People;

/// <summary>Writes to one other account without a pause, several lines at a time, reads what comes, and now and then
/// asks late for what was answered long ago.</summary>
internal sealed class Talker : IAsyncDisposable
{
    private const int RepeatEvery = 50;

    /// <summary>Every so many lines one is for the room.</summary>
    private const int RoomEvery = 4;

    /// <summary>Outcomes of the last 1,024 sends are remembered; the older of these are not among them any more.
    /// </summary>
    private const int RepeatableMax = 1_200;

    private readonly Setting setting;
    private readonly string recipient;
    private readonly Random random;
    private readonly Lock remembering = new();
    private readonly Queue<Send> answered = new();
    private long texts;
    private Task talking = Task.CompletedTask;
    private volatile bool isStopped;

    private Talker(Setting setting, RecordedClient client, string recipient)
    {
        this.setting = setting;
        this.recipient = recipient;
        Client = client;
        random = new(setting.Seed);
        client.Answered = Remember;
    }

    public RecordedClient Client { get; }

    /// <summary>Faults when the client was told anything but "stored".</summary>
    public Task Talking => talking;

    public static async Task<Talker> StartAsync(
        Setting setting, string account, string recipient, int lanes, CancellationToken cancellationToken)
    {
        var client = await setting.LoginAsync(account, takeOver: false, cancellationToken);
        setting.Trace.Follow(account, client.Client);
        var talker = new Talker(setting, client, recipient);
        talker.Client.StartReceiving();
        talker.talking = Task.WhenAll(Enumerable.Range(0, lanes).Select(_ => talker.TalkAsync()));
        return talker;
    }

    /// <summary>Returns when what is under way is answered.</summary>
    public async Task StopAsync()
    {
        isStopped = true;
        await talking;
    }

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    /// <summary>One of its last so many answered lines; null: none yet.</summary>
    public Send? FindAnswered(int recentMax)
    {
        lock (remembering)
        {
            var recent = Math.Min(answered.Count, recentMax);
            return recent == 0 ? null : answered.ElementAt(answered.Count - 1 - random.Next(recent));
        }
    }

    private async Task TalkAsync()
    {
        using var pace = new PeriodicTimer(setting.Pace);
        while (!isStopped)
        {
            var number = Interlocked.Increment(ref texts);
            var to = number % RoomEvery == 0 ? Crowd.Room : recipient;
            await Client.SendAsync(to, setting.TextOf(Client.Account, to, number), CancellationToken.None);
            if (number % RepeatEvery == 0 && FindAnswered(int.MaxValue) is { } old)
            {
                await RepeatAsync(old);
            }

            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task RepeatAsync(Send old)
    {
        try
        {
            await Client.RepeatAsync(old, CancellationToken.None);
        }
        catch (Parley.Client.OutcomeUnknownException forgotten) when (forgotten.Reason == "ALREADY_ANSWERED")
        {
            // Right, for one that old.
        }
    }

    private void Remember(Send send)
    {
        setting.Answers.Note(Client.Account);
        lock (remembering)
        {
            answered.Enqueue(send);
            if (answered.Count > RepeatableMax)
            {
                answered.Dequeue();
            }
        }
    }
}
