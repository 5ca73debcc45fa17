namespace Parley.Client.Walking;

/// <summary>
/// How far one request has walked: which deadline its next attempt has, when a round of all nodes is full and how long
/// to pause then, and when to give up. Not for many threads.
/// </summary>
internal sealed class Walk(ParleyClientOptions options, Random jitter)
{
    private const int DoublingsMax = 2;

    private long? troubleSince;
    private int attemptsInRound;
    private bool someoneAnswered;
    private int doublings;
    private string? distrust;

    /// <summary>Full rounds since the last success.</summary>
    public int Rounds { get; private set; }

    /// <summary>In the last full round nobody answered, and some who did not were not taken for nodes of the cluster:
    /// why, of one of them. Null otherwise.</summary>
    public string? Distrust { get; private set; }

    /// <summary>What the next attempt may take: 1, 2, 4 s; never beyond the give-up time by more than a moment.
    /// </summary>
    public TimeSpan Deadline
    {
        get
        {
            var deadline = options.AttemptDeadline * (1 << doublings);
            if (options.GiveUpAfter == TimeSpan.Zero || troubleSince is not { } since)
            {
                return deadline;
            }

            var left = options.GiveUpAfter - options.TimeProvider.GetElapsedTime(since);
            var least = options.AttemptDeadline / 4;
            return left < least ? least : left < deadline ? left : deadline;
        }
    }

    /// <summary>Whether nobody has helped for the give-up time, or nobody will.</summary>
    public bool IsGivenUp => Distrust is not null || IsTimeOver;

    private bool IsTimeOver =>
        options.GiveUpAfter > TimeSpan.Zero && troubleSince is { } since &&
        options.TimeProvider.GetElapsedTime(since) >= options.GiveUpAfter;

    /// <summary>An attempt begins: the give-up time counts from the first that does not succeed.</summary>
    public void Begin() => troubleSince ??= options.TimeProvider.GetTimestamp();

    /// <summary>The attempt failed.</summary>
    /// <param name="nodes">How many nodes are known now.</param>
    /// <param name="answered">It was not the connection that failed.</param>
    /// <param name="untrusted">Why whoever answered is not taken for a node; null otherwise.</param>
    /// <returns>The pause before the next attempt; zero within a round.</returns>
    public TimeSpan Failed(int nodes, bool answered, string? untrusted = null)
    {
        distrust ??= untrusted;
        someoneAnswered |= answered;
        if (++attemptsInRound < nodes)
        {
            return TimeSpan.Zero;
        }

        var pause = Limits.PauseMin * (1 << Math.Min(Rounds, 4));
        pause = pause > Limits.PauseMax ? Limits.PauseMax : pause;
        Rounds++;
        attemptsInRound = 0;
        doublings = someoneAnswered && doublings < DoublingsMax ? doublings + 1 : doublings;
        Distrust = someoneAnswered ? null : distrust;
        distrust = null;
        someoneAnswered = false;
        return pause * (0.5 + (jitter.NextDouble() / 2));
    }

    /// <summary>A node did what was asked.</summary>
    public void Succeeded()
    {
        troubleSince = null;
        attemptsInRound = 0;
        someoneAnswered = false;
        doublings = 0;
        distrust = null;
        Distrust = null;
        Rounds = 0;
    }
}
