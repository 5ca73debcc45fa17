namespace Parley.Core;

/// <summary>What came with which state version. A cluster has a version once all its members know it and its leader has
/// said so in the log; nothing of it happens before.</summary>
internal static class StateVersions
{
    /// <summary>Rooms.</summary>
    public const int Rooms = 2;

    /// <summary>Device tokens that were revoked are remembered; wrong passwords for an account are not forgotten for
    /// those of other names; an address that is used is not the first to be forgotten.</summary>
    public const int Revocations = 3;

    /// <summary>Where an account has as many clients as are remembered, one that has ended goes for the next: nobody is
    /// kept out by sessions that ended without a logout.</summary>
    public const int ClientRoom = 3;

    /// <summary>Who is barred from a room stays so: nobody's invitation, mute or bar makes it forgotten.</summary>
    public const int LastingBars = 4;

    /// <summary>Invitations are revoked.</summary>
    public const int RevokedInvites = 5;

    /// <summary>Read marks, beside the delivered ones.</summary>
    public const int ReadMarks = 6;

    /// <summary>Hooks: device tokens that post to one target.</summary>
    public const int Hooks = 7;

    /// <summary>Messages are edited and deleted; more request ids of an account are remembered.</summary>
    public const int ChangedMessages = 8;

    /// <summary>Members of the cluster change at run time. Nothing of it is in the state: it holds back older programs,
    /// which would not talk to who takes another's place.</summary>
    public const int ChangedMembers = 9;

    /// <summary>The highest that this program knows.</summary>
    public const int Newest = ChangedMembers;
}
