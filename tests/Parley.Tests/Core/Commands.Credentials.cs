using Google.Protobuf;
using Parley.Core;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <content>Passwords and device tokens.</content>
internal static partial class Commands
{
    public static ByteString NameHash(string name) =>
        ByteString.CopyFrom(Bytes16.Of(LoginFailureFacts.HashOf(name)));

    public static ByteString Address(int number) => ByteString.CopyFrom(TestChat.RequestId($"address {number}"));

    public static LoggedCommand RecordFailures(string name, int count) => new()
    {
        RecordLoginFailures = new RecordLoginFailures
        {
            Failures = { new LoginFailures { NameHash = NameHash(name), Count = count } },
        },
    };

    public static LoggedCommand ChangePassword(long session, string from, string to) => new()
    {
        ChangePassword = new ChangePassword { Session = session, OldPasswordHash = from, NewPasswordHash = to },
    };

    public static LoggedCommand CreateToken(long session, byte[] tokenHash, string password = TestChat.Password)
    {
        var command = new CreateToken
        {
            Session = session,
            PasswordHash = password,
            TokenHash = ByteString.CopyFrom(tokenHash),
            Label = "nightly backup",
        };
        return new LoggedCommand { CreateToken = command };
    }

    public static LoggedCommand RevokeToken(long session, long token) =>
        new() { RevokeToken = new RevokeToken { Session = session, Token = token } };

    /// <summary>A login by a device token instead of a password.</summary>
    public static LoggedCommand LoginWithToken(
        long account, byte[] tokenHash, byte[] deviceTokenHash, bool takeOver = false)
    {
        var command = Login(account, tokenHash, takeOver, password: "");
        command.Login.DeviceTokenHash = ByteString.CopyFrom(deviceTokenHash);
        return command;
    }

    /// <summary>A login from somewhere.</summary>
    public static LoggedCommand LoginFrom(long account, byte[] tokenHash, ByteString address)
    {
        var command = Login(account, tokenHash, takeOver: true);
        command.Login.AddressHash = address;
        return command;
    }

    public static LoggedCommand CreateHook(
        long session, byte[] tokenHash, string passwordHash, long recipient, long room)
    {
        var command = CreateToken(session, tokenHash, passwordHash);
        (command.CreateToken.Recipient, command.CreateToken.Room) = (recipient, room);
        return command;
    }

    public static LoggedCommand Post(long hook, string key, string text) => new()
    {
        PostToHook = new PostToHook
        {
            Hook = hook,
            KeyHash = ByteString.CopyFrom(TestChat.RequestId(key)),
            Text = text,
            ContentHash = ByteString.CopyFrom(TestChat.RequestId(text)),
        },
    };
}
