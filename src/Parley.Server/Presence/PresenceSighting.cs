using Parley.Protocol.Chat.V1;

namespace Parley.Server.Presence;

/// <summary>What a node has heard of an account; by itself, nothing.</summary>
internal readonly record struct PresenceSighting
{
    /// <summary>A stream is open and read, here or where a node said so a moment ago.</summary>
    public bool IsFresh { get; init; }

    /// <summary>A stream was open when a node spoke last, if not now.</summary>
    public bool IsDoubtful { get; init; }

    /// <summary>It does not want to be seen.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Since when it has not acted; null: not known.</summary>
    public TimeSpan? IdleFor { get; init; }

    /// <summary>When it acted or had a stream last; null: not known.</summary>
    public TimeSpan? SeenAgo { get; init; }

    private int Weight => IsFresh ? 2 : IsDoubtful ? 1 : 0;

    /// <summary>What two sources say together: the fresh one counts, of equal ones the one that hides.</summary>
    public PresenceSighting And(in PresenceSighting other)
    {
        var isHidden = (IsHidden && Weight >= other.Weight) || (other.IsHidden && other.Weight >= Weight);
        return this with
        {
            IsFresh = IsFresh || other.IsFresh,
            IsDoubtful = IsDoubtful || other.IsDoubtful,
            IsHidden = isHidden,
        };
    }

    /// <summary>What may be told of it, and since when. Who hides is told of as of somebody never heard of.</summary>
    /// <param name="isLoggedIn">A session of the account lives: without one no stream is open for long.</param>
    /// <param name="isAllHeard">Whoever has a stream open anywhere, this node would know.</param>
    public (PresenceState State, TimeSpan? SeenAgo) Judge(bool isLoggedIn, bool isAllHeard)
    {
        var nobody = isAllHeard ? PresenceState.Offline : PresenceState.Unknown;
        if (IsHidden)
        {
            return (nobody, null);
        }

        if (isLoggedIn && IsFresh)
        {
            return (IdleFor >= PresenceLimits.AwayAfter ? PresenceState.Away : PresenceState.Online, IdleFor);
        }

        return (isLoggedIn && IsDoubtful ? PresenceState.Unknown : nobody, SeenAgo);
    }
}
