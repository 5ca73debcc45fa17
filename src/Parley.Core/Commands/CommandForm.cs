using System.Text;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>
/// The form every rule relies on. What clients ask for is checked where it comes in; what a node proposes or another
/// one forwards, by this before it gets into the log: there it would stop every node, again at each start.
/// Its bounds are those of the rules, and hold for all state versions there are: none has changed since it came. One
/// that changes is asked for by the command's version, for nodes of both programs go by it in one cluster
/// (tests/Parley.Tests/Core/log-bounds.txt holds every value).
/// </summary>
internal static class CommandForm
{
    /// <summary>What is wrong with the command, as the end of a sentence; null: its rule can decide it.</summary>
    public static string? FindFault(LoggedCommand command)
    {
        if (!CommandRules.Knows(command))
        {
            return "is of no kind that this program knows";
        }

        if (command.StateVersion is 0 or > StateVersions.Newest)
        {
            return $"says state version {command.StateVersion}, 1 to {StateVersions.Newest} expected";
        }

        var version = CommandRules.VersionOf(command);
        return version > command.StateVersion ? $"came with state version {version} and says {command.StateVersion}"
            : IsWellFormed(command) ? null
            : $"({command.CommandCase}) has a field that no node writes so";
    }

    private static bool IsWellFormed(LoggedCommand command) => command.CommandCase switch
    {
        LoggedCommand.CommandOneofCase.CreateAccount => IsWellFormed(command.CreateAccount),
        LoggedCommand.CommandOneofCase.Login => IsWellFormed(command.Login),
        LoggedCommand.CommandOneofCase.OpenClient => IsId(command.OpenClient.RequestId),
        LoggedCommand.CommandOneofCase.SendMessage =>
            IsId(command.SendMessage.ContentHash) && Bytes(command.SendMessage.Text) is > 0 and <= Limits.TextBytesMax,
        LoggedCommand.CommandOneofCase.AcknowledgeMessages =>
            command.AcknowledgeMessages.Marks.Count <= Limits.AcknowledgementsMax,
        LoggedCommand.CommandOneofCase.MarkRead => command.MarkRead.Marks.Count <= Limits.AcknowledgementsMax,
        LoggedCommand.CommandOneofCase.ExpireSessions =>
            command.ExpireSessions.Sessions.Count <= Limits.SessionsPerCommandMax,
        LoggedCommand.CommandOneofCase.TouchSessions =>
            command.TouchSessions.Sessions.Count <= Limits.SessionsPerCommandMax,
        LoggedCommand.CommandOneofCase.Purge => command.Purge.Cuts.Count <= Limits.PurgeRowsMax,
        LoggedCommand.CommandOneofCase.RaiseVersion => command.RaiseVersion.StateVersion <= StateVersions.Newest,
        LoggedCommand.CommandOneofCase.ChangeSettings => IsWellFormed(command.ChangeSettings),
        LoggedCommand.CommandOneofCase.CreateInvite => IsWellFormed(command.CreateInvite),
        LoggedCommand.CommandOneofCase.ChangeAccount => IsWellFormed(command.ChangeAccount),
        LoggedCommand.CommandOneofCase.RecordLoginFailures => IsWellFormed(command.RecordLoginFailures.Failures),
        LoggedCommand.CommandOneofCase.ChangePassword => IsPasswordHash(command.ChangePassword.NewPasswordHash),
        LoggedCommand.CommandOneofCase.CreateToken => IsHash(command.CreateToken.TokenHash)
            && Bytes(command.CreateToken.Label) is > 0 and <= Limits.TokenLabelBytesMax
            && command.CreateToken is { Recipient: 0 } or { Room: 0 },
        LoggedCommand.CommandOneofCase.PostToHook =>
            IsId(command.PostToHook.KeyHash) && IsId(command.PostToHook.ContentHash)
            && Bytes(command.PostToHook.Text) is > 0 and <= Limits.TextBytesMax,
        LoggedCommand.CommandOneofCase.CreateRoom => IsWellFormed(command.CreateRoom),
        LoggedCommand.CommandOneofCase.ChangeRoom => IsWellFormed(command.ChangeRoom),
        LoggedCommand.CommandOneofCase.ChangeRoomMember => IsId(command.ChangeRoomMember.RequestId)
            && command.ChangeRoomMember.Change is >= RoomMemberChange.Join and <= RoomMemberChange.MakeOwner,
        LoggedCommand.CommandOneofCase.ChangeMessage => IsWellFormed(command.ChangeMessage),

        // Numbers alone, and any number finds something or nothing.
        LoggedCommand.CommandOneofCase.DeleteAccount or LoggedCommand.CommandOneofCase.Logout
            or LoggedCommand.CommandOneofCase.OpenStream or LoggedCommand.CommandOneofCase.RevokeToken
            or LoggedCommand.CommandOneofCase.RevokeInvite => true,
        _ => throw new InvariantBrokenException("every known command has a form"),
    };

    private static bool IsWellFormed(CreateAccount command) =>
        IsId(command.RequestId) && IsName(command.Name) && IsPasswordHash(command.PasswordHash)
        && (command.InviteHash.IsEmpty || IsHash(command.InviteHash));

    private static bool IsWellFormed(Login command) =>
        IsHash(command.TokenHash)
        && (command.DeviceTokenHash.IsEmpty || IsHash(command.DeviceTokenHash))
        && (command.AddressHash.IsEmpty || IsId(command.AddressHash))
        && command.NewPasswordHash.Length <= Limits.PasswordHashBytesMax
        && IsBetween(command.LeaseMs, Limits.LeaseMin, Limits.LeaseMax);

    private static bool IsWellFormed(ChangeSettings command) =>
        command.Summary.Length <= Limits.AuditDetailBytesMax
        && (command.Settings is not { } settings
            || (settings.CalculateSize() <= Limits.SettingsBytesMax
                && settings.Retention is >= RetentionKind.Unspecified and <= RetentionKind.Forever
                && settings.Registration is >= Registration.Unspecified and <= Registration.Closed
                && settings.RetentionDays is >= 0 and <= Limits.RetentionDaysMax));

    private static bool IsWellFormed(CreateInvite command) =>
        IsHash(command.CodeHash) && command.Uses is >= 1 and <= Limits.InviteUsesMax
        && IsBetween(command.LifetimeMs, Limits.InviteLifetimeMin, Limits.InviteLifetimeMax);

    private static bool IsWellFormed(ChangeAccount command) =>
        command.Change is >= AccountChange.Disable and <= AccountChange.MakeMember
        && (command.Change != AccountChange.ResetPassword || IsPasswordHash(command.PasswordHash));

    private static bool IsWellFormed(RepeatedField<LoginFailures> failures) =>
        failures.Count <= Limits.LoginFailuresPerCommandMax
        && failures.All(each => IsId(each.NameHash) && each.Count is >= 1 and <= Limits.LoginFailuresMax);

    private static bool IsWellFormed(CreateRoom command) =>
        IsId(command.RequestId) && IsName(command.Name) && Bytes(command.Topic) <= Limits.RoomTopicBytesMax;

    private static bool IsWellFormed(ChangeRoom command) =>
        IsId(command.RequestId) && Bytes(command.Topic) <= Limits.RoomTopicBytesMax
        && command.RetentionDays is >= 0 and <= Limits.RetentionDaysMax;

    private static bool IsWellFormed(ChangeMessage command) =>
        IsId(command.RequestId) && command.Change switch
        {
            MessageChange.Delete => command.Text.Length == 0,
            MessageChange.Edit => Bytes(command.Text) is > 0 and <= Limits.TextBytesMax,
            _ => false,
        };

    private static bool IsId(ByteString bytes) => bytes.Length == Bytes16.Size;

    private static bool IsHash(ByteString bytes) => bytes.Length == TokenHash.Size;

    private static bool IsName(string name) => name.Length is > 0 and <= Limits.NameCharactersMax;

    private static bool IsPasswordHash(string hash) => hash.Length is > 0 and <= Limits.PasswordHashBytesMax;

    private static bool IsBetween(long milliseconds, TimeSpan least, TimeSpan most) =>
        milliseconds >= least.TotalMilliseconds && milliseconds <= most.TotalMilliseconds;

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);
}
