using Google.Protobuf;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Server.Consensus;
using Parley.Server.Inspection;

namespace Parley.Fuzz.Targets;

/// <summary>Logged commands, each with its length before it, applied to a chat of alice and bob with a room: they
/// decode, are shown, are decided, or stop the node as the documentation has it; the digest kept up is the rows'.
/// </summary>
internal sealed class CommandTarget : FuzzTarget
{
    private const int CommandsMax = 8;
    private const string Hash = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA";
    private const long BeginUs = 1_700_000_000_000_000;

    private static readonly LoggedCommand[] Story =
    [
        new() { StateVersion = 1, RaiseVersion = new RaiseVersion { StateVersion = StateVersions.Rooms } },
        CreateAccount("alice", 1),
        CreateAccount("bob", 2),
        Login(1, 3),
        Login(2, 4),
        Send(1),
        new()
        {
            StateVersion = 2,
            CreateRoom = new CreateRoom { Session = 1, RequestId = Numbered(16, 5), Name = "ops", Topic = "calm" },
        },
    ];

    private readonly byte[] state = Tell();

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Delimited([.. Story]),
        .. Story.Select(command => Delimited(command)),
        Delimited(
            Send(2),
            new() { MarkRead = new() { Session = 2, Marks = { Mark(1, 1) }, Quiet = true } },
            new() { AcknowledgeMessages = new() { Session = 2, Marks = { Mark(1, 1) } } },
            new() { OpenStream = new() { Session = 2, StreamNumber = 1, Nonce = 9 } },
            new() { OpenClient = new() { Session = 1, RequestId = Numbered(16, 6) } },
            new() { Purge = new() { Cuts = { Mark(1, 1) }, ForgetExpired = true } }),
        Delimited(
            new() { ChangeSettings = new() { Session = 1, Settings = new() { SendBurst = 5, RetentionDays = 1 } } },
            new() { CreateInvite = new() { Session = 1, CodeHash = Numbered(32, 7), Uses = 2, LifetimeMs = 60_000 } },
            new() { ChangeAccount = new() { Session = 1, Account = 2, Change = AccountChange.MakeAdministrator } },
            new() { ChangeAccount = new() { Session = 2, Account = 1, Change = AccountChange.Disable } }),
        Delimited(
            new() { Logout = new() { Session = 2, OutboxEmpty = true } },
            new() { DeleteAccount = new() { Account = 2, Session = 2 } },
            new() { ExpireSessions = new() { Sessions = { new SessionTouch { Session = 1, TouchedAtUs = 5 } } } },
            new() { TouchSessions = new() { Sessions = { new SessionTouch { Session = 1, TouchedAtUs = 5 } } } }),
        Delimited(
            new()
            {
                ChangeRoomMember = new()
                {
                    Session = 2, RequestId = Numbered(16, 8), Room = 2, Change = RoomMemberChange.Join,
                },
            },
            new() { ChangeRoom = new() { Session = 1, Room = 2, RetentionDays = 3 } },
            new() { SendMessage = new() { Session = 1, Client = 1, Counter = 2, Room = 2, Text = "all" } },
            new()
            {
                CreateToken = new() { Session = 1, PasswordHash = Hash, TokenHash = Numbered(32, 9), Label = "backup" },
            },
            new() { RevokeToken = new() { Session = 1, Token = 1 } }),
    ];

    public override void Check(byte[] input)
    {
        using var chat = ChatState.OpenInMemory(state);
        var stream = new CodedInputStream(input);
        for (var count = 0; count < CommandsMax && !stream.IsAtEnd; count++)
        {
            byte[] payload = [];
            if (!Property.Accepts<InvalidProtocolBufferException>(() => payload = stream.ReadBytes().ToByteArray()))
            {
                break;
            }

            CommandTag.Read(payload);
            var isCommand = Property.Accepts<InvalidProtocolBufferException>(
                () => CheckCommand(LoggedCommand.Parser.ParseFrom(payload)));
            if (!isCommand || !Apply(chat, payload))
            {
                return;
            }
        }

        Property.Same(chat.ScanDigest(), chat.Digest);
    }

    private static void CheckCommand(LoggedCommand command)
    {
        var written = command.ToByteArray();
        Property.Same(command, LoggedCommand.Parser.ParseFrom(written));
        var tag = command.Tag is { } has ? new CommandTag(has.Node, has.StartNonce, has.Number) : default;
        Property.Same(tag, CommandTag.Read(written));
        Property.Holds(CommandText.Of(written, showTexts: true).Length > 0);
    }

    /// <summary>False when it stopped the node.</summary>
    private static bool Apply(ChatState chat, byte[] payload)
    {
        var entry = new CommittedEntry(chat.AppliedIndex + 1, 1, chat.LastTimeUs + 1_000, payload);
        return Property.Accepts<InvariantBrokenException>(
            () => Property.Accepts<UnknownStateVersionException>(() => chat.Apply([entry])));
    }

    private static byte[] Tell()
    {
        using var chat = ChatState.OpenInMemory();
        chat.Apply(
        [
            .. Story.Select((command, at) => new CommittedEntry(at + 1, 1, BeginUs + at, command.ToByteArray())),
        ]);
        return chat.CopyBytes();
    }

    private static byte[] Delimited(params LoggedCommand[] commands)
    {
        using var written = new MemoryStream();
        foreach (var told in commands)
        {
            var command = told.Clone();
            command.StateVersion = StateVersions.Rooms;
            command.Tag = new ProposalTag { Node = 1, StartNonce = 2, Number = 3 };
            command.WriteDelimitedTo(written);
        }

        return written.ToArray();
    }

    private static LoggedCommand CreateAccount(string name, byte first) => new()
    {
        StateVersion = 1,
        CreateAccount = new() { RequestId = Numbered(16, first), Name = name, PasswordHash = Hash },
    };

    private static LoggedCommand Login(long account, byte first) => new()
    {
        StateVersion = 1,
        Login = new() { Account = account, PasswordHash = Hash, TokenHash = Numbered(32, first), LeaseMs = 30_000 },
    };

    private static LoggedCommand Send(ulong counter) => new()
    {
        StateVersion = 1,
        SendMessage = new()
        {
            Session = 1,
            Client = 1,
            Counter = counter,
            Recipient = 2,
            Text = "hello",
            ContentHash = Numbered(16, 1),
        },
    };

    private static ConversationMark Mark(long conversation, long sequence) =>
        new() { Conversation = conversation, Sequence = sequence };

    private static ByteString Numbered(int length, byte first) =>
        ByteString.CopyFrom([.. Enumerable.Range(first, length).Select(value => (byte)value)]);
}
