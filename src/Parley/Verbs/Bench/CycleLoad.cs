using Parley.Client;
using Parley.CommandLine;

namespace Parley.Verbs.Bench;

/// <summary>The whole way of a message: stored, delivered on the recipient's stream, acknowledged, answered. A thousand
/// accounts receive, each on its own stream.</summary>
internal sealed class CycleLoad : IBenchLoad
{
    private const int OpeningMax = 16;
    private static readonly string Text = new('x', BenchOptions.TextBytes);
    private readonly ParleySession[] senders;
    private readonly CycleRecipient[] recipients;
    private readonly int[] rounds;

    private CycleLoad(ParleySession[] senders, CycleRecipient[] recipients)
    {
        this.senders = senders;
        this.recipients = recipients;
        rounds = new int[recipients.Length];
    }

    public static async Task<CycleLoad> CreateAsync(
        BenchPeople people,
        int inFlightMax,
        int accounts,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        if (inFlightMax > accounts)
        {
            throw new VerbFailedException(
                ExitCodes.Usage,
                $"--in-flight: at most {accounts} in mode cycle, one for each account");
        }

        error.WriteLine($"creating {accounts} accounts");
        var sessions = (inFlightMax + BenchOptions.InFlightPerSession - 1) / BenchOptions.InFlightPerSession;
        var sending = await people.LoginAsync("from", sessions, cancellationToken);
        var receiving = await people.LoginAsync("to", accounts, cancellationToken);
        error.WriteLine("opening their streams");
        var reading = new CycleRecipient[receiving.Length];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, receiving.Length),
            new ParallelOptions { MaxDegreeOfParallelism = OpeningMax, CancellationToken = cancellationToken },
            async (number, token) =>
            {
                reading[number] = new CycleRecipient(receiving[number]);
                await reading[number].Ready.WaitAsync(token);
            });
        return new(sending, reading);
    }

    public async Task OnceAsync(int chain, int chains)
    {
        // Each chain has recipients of its own: what comes next to one of them is what was sent.
        var turn = rounds[chain]++ % (recipients.Length / chains);
        var recipient = recipients[chain + (turn * chains)];
        var arrival = recipient.NextAcknowledged();
        await senders[chain / BenchOptions.InFlightPerSession].SendAsync(
            recipient.Account, Text, CancellationToken.None);
        await arrival;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(recipients.Select(recipient => recipient.DisposeAsync().AsTask()));
        foreach (var sender in senders)
        {
            await sender.DisposeAsync();
        }
    }
}

/// <summary>One account that takes and acknowledges what comes.</summary>
internal sealed class CycleRecipient : IAsyncDisposable
{
    private readonly ParleySession session;
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task receiving;
    private TaskCompletionSource? expected;

    public CycleRecipient(ParleySession session)
    {
        this.session = session;
        receiving = ReceiveAsync();
    }

    public string Account => session.Account;

    /// <summary>Its stream is open.</summary>
    public Task Ready => ready.Task;

    /// <summary>Completes when the acknowledgement of what comes next was answered.</summary>
    public Task NextAcknowledged()
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref expected, next);
        return next.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        try
        {
            await receiving;
        }
        catch (Exception ending) when (ending is OperationCanceledException or ParleyException)
        {
            // The measurement is over.
        }

        await session.DisposeAsync();
        stop.Dispose();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            await foreach (var delivery in session.ReceiveAsync(stop.Token))
            {
                ready.TrySetResult();
                if (delivery is Delivery.Arrived { Own: false, Message: var message })
                {
                    await session.AcknowledgeAsync(message.Conversation, message.Sequence, CancellationToken.None);
                    Interlocked.Exchange(ref expected, null)?.TrySetResult();
                }
            }
        }
        catch (ParleyException failure)
        {
            ready.TrySetException(failure);
            Interlocked.Exchange(ref expected, null)?.TrySetException(failure);
            throw;
        }
    }
}
