using Parley.Client;

namespace Parley.Verbs.Bench;

/// <summary>Sends: done when the message is stored on a majority. Nobody receives.</summary>
internal sealed class SendLoad : IBenchLoad
{
    // So many that no account's queue of undelivered messages fills up in a run.
    private const int Recipients = 100;
    private static readonly string Text = new('x', BenchOptions.TextBytes);
    private readonly ParleySession[] senders;
    private readonly string[] recipients;
    private int next;

    private SendLoad(ParleySession[] senders, string[] recipients)
    {
        this.senders = senders;
        this.recipients = recipients;
    }

    public static async Task<SendLoad> CreateAsync(
        BenchPeople people, int inFlightMax, TextWriter error, CancellationToken cancellationToken)
    {
        error.WriteLine("creating accounts");
        var sessions = (inFlightMax + BenchOptions.InFlightPerSession - 1) / BenchOptions.InFlightPerSession;
        var names = await people.CreateAsync("to", Recipients, cancellationToken);
        return new(await people.LoginAsync("from", sessions, cancellationToken), names);
    }

    public Task OnceAsync(int chain, int chains)
    {
        var recipient = recipients[(uint)Interlocked.Increment(ref next) % recipients.Length];
        return senders[chain / BenchOptions.InFlightPerSession].SendAsync(recipient, Text, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sender in senders)
        {
            await sender.DisposeAsync();
        }
    }
}
