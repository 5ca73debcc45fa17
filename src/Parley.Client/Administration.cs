using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <summary>What an administrator does to another's account.</summary>
public enum AccountAct
{
    /// <summary>No act.</summary>
    None = 0,

    /// <summary>Ends its session and lets it open none until it is enabled.</summary>
    Disable = 1,

    /// <summary>Lets it log in again.</summary>
    Enable = 2,

    /// <summary>Deletes it, and what was undelivered to it; what it sent stays.</summary>
    Delete = 3,

    /// <summary>Stores another password and ends its session.</summary>
    ResetPassword = 4,

    /// <summary>Ends its session on every node.</summary>
    EndSession = 5,

    /// <summary>Makes it an administrator.</summary>
    MakeAdministrator = 6,

    /// <summary>Makes it a member.</summary>
    MakeMember = 7,
}

/// <summary>One setting of the cluster.</summary>
/// <param name="Name">Lower-case words joined by '-'.</param>
/// <param name="Value">As people write it.</param>
/// <param name="Expected">What it may be.</param>
public sealed record ClusterSetting(string Name, string Value, string Expected);

/// <summary>The cluster's settings.</summary>
/// <param name="Revision">Counts changes, from 0.</param>
/// <param name="Settings">Ascending by name.</param>
public sealed record ClusterSettings(long Revision, IReadOnlyList<ClusterSetting> Settings);

/// <summary>An invitation with which accounts can still be made. Its code is nowhere.</summary>
public sealed record InviteEntry
{
    /// <summary>From 1, never reused; the log index under which the audit has its making.</summary>
    public required long Number { get; init; }

    /// <summary>The name of who made it; empty when that account is gone.</summary>
    public required string Creator { get; init; }

    /// <summary>Log time.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Log time.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>How many accounts may still be made with it, from 1.</summary>
    public required int UsesLeft { get; init; }
}

/// <summary>Something that an administrator did.</summary>
public sealed record AuditEntry
{
    /// <summary>The log index of the entry that did it.</summary>
    public required long LogIndex { get; init; }

    /// <summary>Log time.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The administrator's name then.</summary>
    public required string Actor { get; init; }

    /// <summary>What: small letters joined by '-', as <c>password-reset</c>.</summary>
    public required string Act { get; init; }

    /// <summary>The other account's name then; empty when the act concerned the cluster.</summary>
    public required string Subject { get; init; }

    /// <summary>More about it, or empty.</summary>
    public required string Detail { get; init; }

    /// <summary>A newer node may know acts that this program does not: they have their number as a name.</summary>
    internal static string NameOf(AuditAct act) => act switch
    {
        AuditAct.Disabled => "disabled",
        AuditAct.Enabled => "enabled",
        AuditAct.Deleted => "deleted",
        AuditAct.PasswordReset => "password-reset",
        AuditAct.SessionEnded => "session-ended",
        AuditAct.MadeAdministrator => "made-administrator",
        AuditAct.MadeMember => "made-member",
        AuditAct.InviteCreated => "invite-created",
        AuditAct.SettingsChanged => "settings-changed",
        AuditAct.InviteRevoked => "invite-revoked",
        _ => FormattableString.Invariant($"act-{(int)act}"),
    };
}
