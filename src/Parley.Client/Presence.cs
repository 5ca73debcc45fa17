namespace Parley.Client;

/// <summary>Whether somebody is there, as far as the node that was asked has heard. It is seconds old.</summary>
public enum Presence
{
    /// <summary>Not for the caller to know (who has neither written to it nor is in a room with it), or nobody's name.
    /// </summary>
    NotTold = 0,

    /// <summary>Receives, and acted within the last 5 minutes.</summary>
    Online = 1,

    /// <summary>Receives, and has not acted for longer.</summary>
    Away = 2,

    /// <summary>Does not receive, or hides.</summary>
    Offline = 3,

    /// <summary>The node does not know now: it does not hear all others.</summary>
    Unknown = 4,
}

/// <summary>Whether somebody is there.</summary>
/// <param name="Name">The account's name.</param>
/// <param name="Presence">Whether.</param>
/// <param name="SeenAgo">In whole minutes: since the last act of who is online or away; since it was last seen,
/// otherwise. Null: not known, for nodes keep it in memory.</param>
public sealed record PresenceEntry(string Name, Presence Presence, TimeSpan? SeenAgo);
