namespace Parley.Verbs.Chat;

/// <summary>Work that may be asked for often and is done seldom: at once after a pause, and once more when it was asked
/// for meanwhile; never twice at a time. Any thread.</summary>
/// <param name="work">What is done; it sees everything that was true when it was asked for.</param>
/// <param name="pause">Between an end and the next beginning.</param>
/// <param name="time">Counts the pause.</param>
internal sealed class Debounced(Func<CancellationToken, Task> work, TimeSpan pause, TimeProvider time)
{
    private readonly Lock gate = new();
    private bool isAsked;
    private bool isRunning;

    /// <summary>Asks for it. The task ends when nobody has asked for longer than the pause, or at once where another
    /// one will do it.</summary>
    public Task AskAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            isAsked = true;
            if (isRunning)
            {
                return Task.CompletedTask;
            }

            isRunning = true;
        }

        return RunAsync(cancellationToken);
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (IsAsked())
            {
                await work(cancellationToken);
                await Task.Delay(pause, time, cancellationToken);
            }
        }
        catch
        {
            // The next who asks begins anew.
            lock (gate)
            {
                isRunning = false;
            }

            throw;
        }
    }

    private bool IsAsked()
    {
        lock (gate)
        {
            var was = isAsked;
            isAsked = false;
            isRunning = was;
            return was;
        }
    }
}
