namespace Parley.Server.Presence;

/// <summary>Who is at another node, as that node told: replaced round by round. Under the lock of its book.</summary>
internal sealed class ToldPresence
{
    private readonly Dictionary<long, bool> hiddenByAccount = [];
    private HashSet<long>? round;
    private TimeSpan toldAt;

    /// <summary>It has told of everybody at least once.</summary>
    public bool IsWhole { get; private set; }

    public bool IsFresh(TimeSpan now) => now - toldAt <= PresenceLimits.SilenceMax;

    /// <summary>It has been silent for so long that nothing of it counts.</summary>
    public bool IsOver(TimeSpan now) => now - toldAt > PresenceLimits.DoubtMax;

    /// <param name="isFirst">A round begins; one that was under way was broken off.</param>
    /// <param name="now">When it was told.</param>
    public void Begin(bool isFirst, TimeSpan now)
    {
        toldAt = now;
        if (isFirst)
        {
            round = [];
        }
    }

    public void Put(long account, bool isHidden)
    {
        if (hiddenByAccount.Count < PresenceLimits.AccountsPerNodeMax || hiddenByAccount.ContainsKey(account))
        {
            hiddenByAccount[account] = isHidden;
            round?.Add(account);
        }
    }

    /// <param name="isLast">A round ends: who was not in it is not there any more.</param>
    public void End(bool isLast)
    {
        if (!isLast || round is not { } named)
        {
            return;
        }

        round = null;
        IsWhole = true;
        foreach (var account in hiddenByAccount.Keys)
        {
            if (!named.Contains(account))
            {
                hiddenByAccount.Remove(account);
            }
        }
    }

    public PresenceSighting Find(long account, TimeSpan now) =>
        hiddenByAccount.TryGetValue(account, out var isHidden) && !IsOver(now)
            ? new PresenceSighting { IsFresh = IsFresh(now), IsDoubtful = true, IsHidden = isHidden }
            : default;
}
