namespace Parley.Local;

/// <summary>Waits for something another process does and that rings no bell: asks again until it is so.</summary>
internal static class Until
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns the first answer that is not null.</summary>
    /// <exception cref="TimeoutException">It did not come in time; says what did not happen.</exception>
    public static async Task<T> FoundAsync<T>(
        Func<CancellationToken, Task<T?>> ask,
        TimeSpan deadline,
        Func<string> whatDidNotHappen,
        CancellationToken cancellationToken)
        where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        using var pace = new PeriodicTimer(Pause);
        try
        {
            while (true)
            {
                if (await ask(limit.Token) is { } found)
                {
                    return found;
                }

                await pace.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException ended) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{whatDidNotHappen()} within {deadline.TotalSeconds:0.#} s", ended);
        }
    }

    /// <summary>Returns once it is so.</summary>
    /// <exception cref="TimeoutException">It did not come in time; says what did not happen.</exception>
    public static Task TrueAsync(
        Func<CancellationToken, Task<bool>> ask,
        TimeSpan deadline,
        Func<string> whatDidNotHappen,
        CancellationToken cancellationToken) =>
        FoundAsync(
            async token => await ask(token) ? whatDidNotHappen : null, deadline, whatDidNotHappen, cancellationToken);
}
