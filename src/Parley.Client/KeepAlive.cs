namespace Parley.Client;

/// <summary>Says something in a session's name before its lease runs out, for as long as the program lives.</summary>
internal sealed class KeepAlive : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Task loop;

    public KeepAlive(ParleySession session, TimeSpan period, TimeProvider time) =>
        loop = RunAsync(session, period, time, stop.Token);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await loop;
        stop.Dispose();
    }

    private static async Task RunAsync(
        ParleySession session, TimeSpan period, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await SayAsync(session, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The session is being closed.
        }
        catch (NotAuthenticatedException)
        {
            // The session has ended: whoever uses it is told by the call that needs it.
        }
    }

    private static async Task SayAsync(ParleySession session, CancellationToken cancellationToken)
    {
        try
        {
            await session.ListAccountsPageAsync(session.Account, "", pageSize: 1, cancellationToken);
        }
        catch (ParleyException failure) when (failure is not NotAuthenticatedException)
        {
            // No node took it: the next tick tries again.
        }
    }
}
