using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>Makes logged commands as a node would.</summary>
internal static partial class Commands
{
    public static LoggedCommand CreateAccount(string name, byte[] requestId, byte[]? inviteHash = null) => new()
    {
        CreateAccount = new CreateAccount
        {
            Name = name,
            RequestId = ByteString.CopyFrom(requestId),
            PasswordHash = TestChat.Password,
            InviteHash = ByteString.CopyFrom(inviteHash ?? []),
        },
    };

    public static LoggedCommand RevokeInvite(long session, long invite) =>
        new() { RevokeInvite = new RevokeInvite { Session = session, Invite = invite } };

    public static LoggedCommand CreateInvite(long session, byte[] codeHash, int uses, TimeSpan lifetime) => new()
    {
        CreateInvite = new CreateInvite
        {
            Session = session,
            CodeHash = ByteString.CopyFrom(codeHash),
            Uses = uses,
            LifetimeMs = (long)lifetime.TotalMilliseconds,
        },
    };

    public static LoggedCommand ChangeAccount(long session, long account, AccountChange change) => new()
    {
        ChangeAccount = new ChangeAccount
        {
            Session = session,
            Account = account,
            Change = change,
            PasswordHash = change == AccountChange.ResetPassword ? TestChat.OtherPassword : "",
        },
    };

    public static LoggedCommand DeleteAccount(Person person) =>
        new() { DeleteAccount = new DeleteAccount { Account = person.Account, Session = person.Session } };

    public static LoggedCommand Login(
        long account, byte[] tokenHash, bool takeOver = false, string password = TestChat.Password)
    {
        var login = new Login
        {
            Account = account,
            PasswordHash = password,
            TokenHash = ByteString.CopyFrom(tokenHash),
            TakeOver = takeOver,
            LeaseMs = 30_000,
        };
        return new LoggedCommand { Login = login };
    }

    public static LoggedCommand Logout(long session, bool outboxEmpty) =>
        new() { Logout = new Logout { Session = session, OutboxEmpty = outboxEmpty } };

    public static LoggedCommand OpenClient(long session, byte[] requestId) =>
        new() { OpenClient = new OpenClient { Session = session, RequestId = ByteString.CopyFrom(requestId) } };

    public static LoggedCommand Send(Person from, ulong counter, long to, string text) =>
        Send(from.Session, from.Client, counter, to, text);

    public static LoggedCommand Send(long session, ulong client, ulong counter, long to, string text) => new()
    {
        SendMessage = new SendMessage
        {
            Session = session,
            Client = client,
            Counter = counter,
            Recipient = to,
            Text = text,
            ContentHash = ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes($"{to}:{text}"))[..16]),
        },
    };

    public static LoggedCommand Say(long session, ulong client, ulong counter, long room, string text)
    {
        var command = Send(session, client, counter, to: 0, text);
        command.SendMessage.Room = room;
        command.SendMessage.ContentHash =
            ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes($"#{room}:{text}"))[..16]);
        return command;
    }

    public static LoggedCommand CreateRoom(
        long session, byte[] requestId, string name, bool byInvitation = false, string topic = "")
    {
        var command = new CreateRoom
        {
            Session = session,
            RequestId = ByteString.CopyFrom(requestId),
            Name = name,
            ByInvitation = byInvitation,
            Topic = topic,
        };
        return new LoggedCommand { CreateRoom = command };
    }

    public static LoggedCommand ChangeRoom(
        long session, byte[] requestId, long room, string? topic = null, int? retentionDays = null)
    {
        var change = new ChangeRoom { Session = session, RequestId = ByteString.CopyFrom(requestId), Room = room };
        if (topic is not null)
        {
            change.Topic = topic;
        }

        if (retentionDays is { } days)
        {
            change.RetentionDays = days;
        }

        return new LoggedCommand { ChangeRoom = change };
    }

    public static LoggedCommand ChangeRoomMember(
        long session, byte[] requestId, long room, RoomMemberChange change, long account = 0)
    {
        var command = new ChangeRoomMember
        {
            Session = session,
            RequestId = ByteString.CopyFrom(requestId),
            Room = room,
            Account = account,
            Change = change,
        };
        return new LoggedCommand { ChangeRoomMember = command };
    }

    public static LoggedCommand Edit(
        long session, byte[] requestId, long conversation, long sequence, string text) =>
        Change(session, requestId, conversation, sequence, MessageChange.Edit, text);

    public static LoggedCommand Delete(long session, byte[] requestId, long conversation, long sequence) =>
        Change(session, requestId, conversation, sequence, MessageChange.Delete, "");

    public static LoggedCommand Acknowledge(long session, params (long Conversation, long Sequence)[] marks)
    {
        var command = new AcknowledgeMessages { Session = session };
        command.Marks.AddRange(marks.Select(mark =>
            new ConversationMark { Conversation = mark.Conversation, Sequence = mark.Sequence }));
        return new LoggedCommand { AcknowledgeMessages = command };
    }

    public static LoggedCommand MarkRead(
        long session, bool quiet, params (long Conversation, long Sequence)[] marks)
    {
        var command = new MarkRead { Session = session, Quiet = quiet };
        command.Marks.AddRange(marks.Select(mark =>
            new ConversationMark { Conversation = mark.Conversation, Sequence = mark.Sequence }));
        return new LoggedCommand { MarkRead = command };
    }

    public static LoggedCommand OpenStream(long session, long number, ulong nonce = 0) =>
        new() { OpenStream = new OpenStream { Session = session, StreamNumber = number, Nonce = nonce } };

    public static LoggedCommand Expire(long session, long touchedAtUs)
    {
        var command = new ExpireSessions();
        command.Sessions.Add(new SessionTouch { Session = session, TouchedAtUs = touchedAtUs });
        return new LoggedCommand { ExpireSessions = command };
    }

    public static LoggedCommand Touch(long session, long touchedAtUs)
    {
        var command = new TouchSessions();
        command.Sessions.Add(new SessionTouch { Session = session, TouchedAtUs = touchedAtUs });
        return new LoggedCommand { TouchSessions = command };
    }

    public static LoggedCommand Purge(bool forgetExpired, params (long Conversation, long Sequence)[] cuts)
    {
        var command = new Purge { ForgetExpired = forgetExpired };
        command.Cuts.AddRange(cuts.Select(cut =>
            new ConversationMark { Conversation = cut.Conversation, Sequence = cut.Sequence }));
        return new LoggedCommand { Purge = command };
    }

    public static LoggedCommand RaiseVersion(uint version) =>
        new() { RaiseVersion = new RaiseVersion { StateVersion = version } };

    private static LoggedCommand Change(
        long session, byte[] requestId, long conversation, long sequence, MessageChange change, string text)
    {
        var command = new ChangeMessage
        {
            Session = session,
            RequestId = ByteString.CopyFrom(requestId),
            Conversation = conversation,
            Sequence = sequence,
            Change = change,
            Text = text,
        };
        return new LoggedCommand { ChangeMessage = command };
    }

    /// <summary>By a leader, as long as there is no session.</summary>
    public static LoggedCommand ChangeSettings(long expectedRevision, Settings settings, long session = 0) => new()
    {
        ChangeSettings = new ChangeSettings
        {
            ExpectedRevision = expectedRevision,
            Settings = settings,
            Session = session,
            Summary = session == 0 ? "" : "by hand",
        },
    };
}
