using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Parley.Core;
using Parley.Core.Delivery;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>A chat state in memory with a log before it: every command becomes an entry, a second apart.</summary>
internal sealed class TestChat : IDisposable
{
    public const string Password = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";

    public const string OtherPassword = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$b3RoZXI";

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly Dictionary<ulong, ulong> counters = [];
    private ulong proposals;
    private int tokens;

    public TestChat()
        : this(ChatState.OpenInMemory())
    {
    }

    public TestChat(ChatState state) => State = state;

    public ChatState State { get; }

    public List<CommittedEntry> Log { get; } = [];

    /// <summary>Log time, microseconds since 1970-01-01T00:00:00Z.</summary>
    public long NowUs { get; private set; } = 1_750_000_000_000_000;

    public ApplyResult Last { get; private set; } = null!;

    public ChatReader Reader => State.OpenReader();

    public static Settings DeliveredOnly => new() { Retention = RetentionKind.Delivered };

    public void Pass(TimeSpan span) => NowUs += span.Ticks / TimeSpan.TicksPerMicrosecond;

    public Outcome Apply(LoggedCommand command)
    {
        Pass(Step);
        command.StateVersion = command.StateVersion == 0 ? (uint)State.StateVersion : command.StateVersion;
        command.Tag = new ProposalTag { Node = 1, StartNonce = 7, Number = ++proposals };
        var entry = new CommittedEntry(State.AppliedIndex + 1, 1, NowUs, command.ToByteArray());
        Log.Add(entry);
        Last = State.Apply([entry]);
        return Assert.Single(Last.Commands).Outcome;
    }

    public long Account(string name)
    {
        var outcome = Apply(Commands.CreateAccount(name, RequestId("account " + name + NowUs)));
        return Assert.IsType<Outcome.AccountCreated>(outcome).Account;
    }

    /// <summary>A new account with a session.</summary>
    public Person Person(string name) => Login(Account(name));

    public Person Login(long account, bool takeOver = false)
    {
        var outcome = Apply(Commands.Login(account, Token(++tokens), takeOver));
        var login = Assert.IsType<Outcome.LoggedIn>(outcome);
        return new Person(State.Directory.FindAccount(account)!.Name, account, login.Session, login.Client);
    }

    /// <summary>Sends with the sender's next counter.</summary>
    public Outcome Send(Person from, Person to, string text) => Send(from, to.Account, text);

    public Outcome Send(Person from, long to, string text)
    {
        var counter = counters.GetValueOrDefault(from.Client) + 1;
        counters[from.Client] = counter;
        return Apply(Commands.Send(from, counter, to, text));
    }

    public Outcome.MessageStored Stored(Person from, Person to, string text) =>
        Assert.IsType<Outcome.MessageStored>(Send(from, to, text));

    /// <summary>Sends to a room with the sender's next counter.</summary>
    public Outcome Say(Person from, long room, string text)
    {
        var counter = counters.GetValueOrDefault(from.Client) + 1;
        counters[from.Client] = counter;
        return Apply(Commands.Say(from.Session, from.Client, counter, room, text));
    }

    /// <summary>A room of its owner, in a chat that knows rooms.</summary>
    public long Room(Person owner, string name, bool byInvitation = false)
    {
        Apply(Commands.RaiseVersion(StateVersions.Rooms));
        var made = Apply(Commands.CreateRoom(owner.Session, RequestId($"room {NowUs}"), name, byInvitation));
        return Assert.IsType<Outcome.ConversationChanged>(made).Conversation;
    }

    /// <summary>What someone does about a member of a room, or about themselves.</summary>
    public Outcome InRoom(Person who, long room, RoomMemberChange change, Person? other = null) =>
        Apply(Commands.ChangeRoomMember(
            who.Session, RequestId($"change {NowUs}"), room, change, other?.Account ?? 0));

    /// <summary>They join a room, one after the other.</summary>
    public void Join(long room, params Person[] people)
    {
        foreach (var person in people)
        {
            Assert.IsType<Outcome.ConversationChanged>(InRoom(person, room, RoomMemberChange.Join));
        }
    }

    public Outcome Acknowledge(Person member, long conversation, long sequence) =>
        Apply(Commands.Acknowledge(member.Session, (conversation, sequence)));

    public IReadOnlyList<string> Texts(Person reader, string withName) =>
        [.. Reader.ReadHistory(reader.Account, withName, 0, 1_000, 1 << 20).Messages.Select(message => message.Text)];

    public IReadOnlyList<string> Undelivered(Person reader) =>
        [.. Reader.ReadDelivery(reader.Account, new DeliveryCursor(), 1_000, 1 << 20)
            .Messages.Select(message => message.Text)];

    public void Dispose() => State.Dispose();

    public static void Rejects(Rejection reason, Outcome outcome) =>
        Assert.Equal(reason, Assert.IsType<Outcome.Rejected>(outcome).Reason);

    public static byte[] Token(int number) => SHA256.HashData(Encoding.UTF8.GetBytes($"token {number}"));

    public static byte[] RequestId(string name) => SHA256.HashData(Encoding.UTF8.GetBytes(name))[..16];
}

/// <summary>Someone with a session and a client.</summary>
internal sealed record Person(string Name, long Account, long Session, ulong Client);
