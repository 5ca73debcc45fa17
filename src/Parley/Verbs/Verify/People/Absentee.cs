using Parley.Client;
using Parley.Local;
using Parley.Verify;

namespace Parley.Verbs.Verify.People;

/// <summary>
/// An account that is away most of the time and finds what was written meanwhile: it logs in, reads for a while, and
/// logs out, vanishes, or stays until its next life takes it over; the one taken over then tries to go on.
/// </summary>
internal sealed class Absentee(Setting setting, string account, string friend)
{
    private const int AwayMsMax = 4_000;
    private const int HereMsMax = 2_000;
    private readonly Random random = new(setting.Seed + 1);
    private int texts;
    private MessageReceipt? said;

    /// <summary>Goes on until stopped, then is away.</summary>
    public async Task LiveAsync(CancellationToken stop)
    {
        RecordedClient? before = null;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await PassAsync(AwayMsMax, stop);
                var now = await setting.LoginAsync(account, takeOver: true, CancellationToken.None);
                now.StartReceiving();
                await SayAsync(now);
                if (before is not null)
                {
                    await TryAfterEndAsync(before);
                    await before.DisposeAsync();
                }

                await PassAsync(HereMsMax, stop);
                before = await LeaveAsync(now);
            }
        }
        finally
        {
            if (before is not null)
            {
                await before.DisposeAsync();
            }
        }
    }

    private static async Task PassAsync(TimeSpan time, CancellationToken stop)
    {
        using var pace = new PeriodicTimer(time);
        try
        {
            await pace.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            // The run is over: what is begun is ended all the same.
        }
    }

    private Task PassAsync(int msMax, CancellationToken stop) =>
        PassAsync(TimeSpan.FromMilliseconds(random.Next(msMax / 4, msMax)), stop);

    // Returns the client when it just stays.
    private async Task<RecordedClient?> LeaveAsync(RecordedClient now)
    {
        switch (random.Next(3))
        {
            case 0:
                return now;
            case 1:
                await LogoutAsync(now);
                await TryAfterEndAsync(now);
                break;
            default:
                // Vanishes: the session lives on, and nobody hears from it.
                break;
        }

        await now.DisposeAsync();
        return null;
    }

    private static async Task LogoutAsync(RecordedClient now)
    {
        try
        {
            await now.DoAsync(HistoryKind.Logout, session => session.LogoutAsync(CancellationToken.None));
        }
        catch (NotAuthenticatedException)
        {
            // Nobody else ends this session: an attempt whose answer was lost has.
        }
    }

    private async Task TryAfterEndAsync(RecordedClient ended)
    {
        var before = said;
        await RefusedAsync(SayAsync(ended));
        if (before is not null)
        {
            await RefusedAsync(ended.ChangeAsync(
                new(ParleySession.NewRequestId(), before.Conversation, before.Sequence, Text: null),
                CancellationToken.None));
        }
    }

    private static async Task RefusedAsync(Task tried)
    {
        try
        {
            await tried;
        }
        catch (ParleyException refused) when (refused is NotAuthenticatedException or OutcomeUnknownException
            || refused.Reason is "NODES_TOO_OLD")
        {
            // As it must be; had it been done, the checkers would say so.
        }
    }

    private async Task SayAsync(RecordedClient client)
    {
        var text = setting.TextOf(account, friend, Interlocked.Increment(ref texts));
        said = await client.SendAsync(friend, text, CancellationToken.None);
    }
}
