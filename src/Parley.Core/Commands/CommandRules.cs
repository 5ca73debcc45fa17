using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Finds the rule for a command; each rule is one file beside this one.</summary>
internal static class CommandRules
{
    /// <summary>True when this program has a rule for it.</summary>
    public static bool Knows(LoggedCommand command) =>
        command.CommandCase != LoggedCommand.CommandOneofCase.None;

    /// <summary>The first state version that has this command, from 1.</summary>
    public static int VersionOf(LoggedCommand command) => command.CommandCase switch
    {
        LoggedCommand.CommandOneofCase.CreateRoom or LoggedCommand.CommandOneofCase.ChangeRoom
            or LoggedCommand.CommandOneofCase.ChangeRoomMember => StateVersions.Rooms,
        LoggedCommand.CommandOneofCase.RevokeInvite => StateVersions.RevokedInvites,
        LoggedCommand.CommandOneofCase.MarkRead => StateVersions.ReadMarks,
        LoggedCommand.CommandOneofCase.ChangeMessage => StateVersions.ChangedMessages,
        LoggedCommand.CommandOneofCase.SendMessage when command.SendMessage.Room != 0 => StateVersions.Rooms,
        LoggedCommand.CommandOneofCase.PostToHook => StateVersions.Hooks,
        LoggedCommand.CommandOneofCase.CreateToken when command.CreateToken is not { Recipient: 0, Room: 0 } =>
            StateVersions.Hooks,
        _ => 1,
    };

    /// <summary>Decides, and does what was decided.</summary>
    public static Outcome Decide(LoggedCommand command, in EntryStamp stamp, IChatFacts facts)
    {
        if (command.NotAfterUs != 0 && stamp.TimeUs > command.NotAfterUs)
        {
            return new Outcome.Rejected(Rejection.TooLate);
        }

        return command.CommandCase switch
        {
            LoggedCommand.CommandOneofCase.SendMessage => SendMessageRule.Decide(command.SendMessage, stamp, facts),
            LoggedCommand.CommandOneofCase.AcknowledgeMessages =>
                AcknowledgeMessagesRule.Decide(command.AcknowledgeMessages, stamp, facts),
            LoggedCommand.CommandOneofCase.CreateAccount =>
                CreateAccountRule.Decide(command.CreateAccount, stamp, facts),
            LoggedCommand.CommandOneofCase.DeleteAccount =>
                DeleteAccountRule.Decide(command.DeleteAccount, stamp, facts),
            LoggedCommand.CommandOneofCase.Login => LoginRule.Decide(command.Login, stamp, facts),
            LoggedCommand.CommandOneofCase.Logout => LogoutRule.Decide(command.Logout, stamp, facts),
            LoggedCommand.CommandOneofCase.OpenClient => OpenClientRule.Decide(command.OpenClient, stamp, facts),
            LoggedCommand.CommandOneofCase.OpenStream => OpenStreamRule.Decide(command.OpenStream, facts),
            LoggedCommand.CommandOneofCase.ExpireSessions =>
                ExpireSessionsRule.Decide(command.ExpireSessions, stamp, facts),
            LoggedCommand.CommandOneofCase.TouchSessions =>
                TouchSessionsRule.Decide(command.TouchSessions, stamp, facts),
            LoggedCommand.CommandOneofCase.Purge => PurgeRule.Decide(command.Purge, stamp, facts),
            LoggedCommand.CommandOneofCase.RaiseVersion => RaiseVersionRule.Decide(command.RaiseVersion, facts),
            LoggedCommand.CommandOneofCase.ChangeSettings =>
                ChangeSettingsRule.Decide(command.ChangeSettings, stamp, facts),
            LoggedCommand.CommandOneofCase.CreateInvite =>
                CreateInviteRule.Decide(command.CreateInvite, stamp, facts),
            LoggedCommand.CommandOneofCase.RevokeInvite =>
                RevokeInviteRule.Decide(command.RevokeInvite, stamp, facts),
            LoggedCommand.CommandOneofCase.ChangeAccount =>
                ChangeAccountRule.Decide(command.ChangeAccount, stamp, facts),
            LoggedCommand.CommandOneofCase.RecordLoginFailures =>
                RecordLoginFailuresRule.Decide(command.RecordLoginFailures, stamp, facts),
            LoggedCommand.CommandOneofCase.ChangePassword =>
                ChangePasswordRule.Decide(command.ChangePassword, stamp, facts),
            LoggedCommand.CommandOneofCase.CreateToken => CreateTokenRule.Decide(command.CreateToken, stamp, facts),
            LoggedCommand.CommandOneofCase.RevokeToken => RevokeTokenRule.Decide(command.RevokeToken, stamp, facts),
            LoggedCommand.CommandOneofCase.PostToHook => PostToHookRule.Decide(command.PostToHook, stamp, facts),
            LoggedCommand.CommandOneofCase.CreateRoom => CreateRoomRule.Decide(command.CreateRoom, stamp, facts),
            LoggedCommand.CommandOneofCase.ChangeRoom => ChangeRoomRule.Decide(command.ChangeRoom, stamp, facts),
            LoggedCommand.CommandOneofCase.ChangeRoomMember =>
                ChangeRoomMemberRule.Decide(command.ChangeRoomMember, stamp, facts),
            LoggedCommand.CommandOneofCase.MarkRead => MarkReadRule.Decide(command.MarkRead, facts),
            LoggedCommand.CommandOneofCase.ChangeMessage =>
                ChangeMessageRule.Decide(command.ChangeMessage, stamp, facts),
            _ => throw new InvariantBrokenException("every known command has a rule"),
        };
    }
}
