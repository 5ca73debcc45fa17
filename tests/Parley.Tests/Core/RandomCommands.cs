using CsCheck;
using Google.Protobuf;
using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>What somebody does next, in terms that make sense whatever the state is.</summary>
internal sealed record Deed(int Kind, int One, int Two, int Three, int Minutes)
{
    // Weights by repetition: people mostly send and acknowledge.
    private const string Kinds = "ccllllssssssssssssssssssaaaaaaaaaaaxooppptetggdiiuhhhffkkkvwmm"
        + "rjjjjjjjnnyyyyyyyyyyyzzzzzqbbbbbbbb#####!!!!!!!!!!EEEEEEEDDD";

    private static readonly string[] Names = ["alice", "bob", "carol"];
    private static readonly Gen<int> Small = Gen.Int[0, 7];

    /// <summary>A history of so many deeds.</summary>
    public static Gen<Deed[]> Histories(int shortest, int longest) =>
        Gen.Select(
            Gen.Int[0, Kinds.Length - 1], Small, Small, Small,
            Gen.Frequency((20, Gen.Int[0, 3]), (1, Gen.Int[0, 12_000])),
            static (kind, one, two, three, minutes) => new Deed(kind, one, two, three, minutes))
        .Array[shortest, longest];

    /// <summary>Three people come in, then the history takes its course.</summary>
    public static IEnumerable<(int Minutes, Func<NaiveChat, long, LoggedCommand> Make)> ToCommands(
        IEnumerable<Deed> history)
    {
        // The model knows no retention by days; that has tests of its own.
        yield return (0, (_, _) => Commands.ChangeSettings(0, new Settings { Retention = RetentionKind.Forever }));
        for (var number = 1; number <= Names.Length; number++)
        {
            var (account, name) = (number, Names[number - 1]);
            yield return (0, (_, _) => Commands.CreateAccount(name, TestChat.RequestId($"first {name}")));
            yield return (0, (_, _) => Commands.Login(account, TestChat.Token(-account)));
        }

        yield return (0, (_, _) => Commands.RaiseVersion(StateVersions.Newest));
        foreach (var deed in history)
        {
            yield return (deed.Minutes, deed.ToCommand);
        }
    }

    /// <summary>The command, aimed at what the model holds now.</summary>
    public LoggedCommand ToCommand(NaiveChat model, long nowUs)
    {
        var session = Session(model);
        return Kinds[Kind] switch
        {
            'c' => Commands.CreateAccount(
                Names[One % 3], TestChat.RequestId($"{Two}-{Three}"), One > 3 ? TestChat.Token(1_000 + Two) : null),
            'l' => Login(model),
            's' => Send(model, session),
            'a' => Acknowledge(model, session),
            'b' => MarkRead(model, session),
            'x' => Commands.Logout(session, outboxEmpty: Two > 3),
            'o' => Commands.OpenClient(session, TestChat.RequestId($"client {Two}")),
            'p' => Commands.Purge(
                forgetExpired: Three > 5, ((One % 4) + 1, Two * 2), ((Two % 4) + 1, Three), (1, 100)),
            't' => Commands.Touch(session, nowUs + ((Two - 4) * 1_000_000L)),
            'e' => Commands.Expire(session, Two > 3 ? model.Live(session)?.TouchedAt ?? 0 : 7),
            'g' => Commands.ChangeSettings(
                Two > 1 ? model.Revision : Two,
                new Settings
                {
                    Retention = (RetentionKind)(One % 2 == 0 ? 1 : 3),
                    UndeliveredMessagesMax = Three * 2,
                    UndeliveredBytesMax = Two * 20,
                    Registration = (Registration)(Two % 4),
                },
                Three == 0 ? 0 : Administrator(model, session)),
            'i' => Commands.CreateInvite(
                Administrator(model, session), TestChat.Token(1_000 + Two), 1 + (Three % 3),
                TimeSpan.FromHours(Three + 1)),
            'u' => Commands.RevokeInvite(
                Administrator(model, session),
                model.Invites.Count == 0 ? One : model.Invites[Two % model.Invites.Count].Number),
            'h' => Commands.ChangeAccount(
                Administrator(model, session), Account(model, Two), (AccountChange)(1 + (Three % 7))),
            'f' => Commands.RecordFailures(Names[One % 3], 1 + Two),
            'k' => Commands.CreateToken(
                session, TestChat.Token(2_000 + Two), Two == 7 ? TestChat.OtherPassword : Password(model, session)),
            '#' => MakeHook(model, session),
            '!' => Post(model),
            'v' => Commands.RevokeToken(session, model.Tokens.Count == 0 ? One : model.Tokens[^1].Number),
            'w' => Commands.ChangePassword(
                session, Two > 5 ? "old" : Password(model, session), $"{TestChat.Password}{Three % 3}"),
            'm' => Commands.OpenStream(session, (model.Live(session)?.Stream ?? 0) + (Two % 3) - 1, (ulong)Three),
            'd' => Commands.DeleteAccount(new Person(
                "", Two > 6 ? One : model.Live(session)?.Account ?? 0, session, 0)),
            'r' => Commands.CreateRoom(
                session, RoomRequest, Names[Three % 3], byInvitation: Two % 2 == 0, topic: $"about {Two}"),
            'j' => Commands.ChangeRoomMember(session, RoomRequest, Room(model), RoomMemberChange.Join),
            'n' => Commands.ChangeRoomMember(
                session, RoomRequest, Room(model), (RoomMemberChange)(2 + ((Three + Minutes) % 8)),
                Account(model, Two)),
            'y' => Say(model, session),
            'z' => Commands.Acknowledge(
                session, (Room(model), Math.Max(1, (model.Room(Room(model))?.Talk.Head ?? 0) - (Three % 3)))),
            'q' => Commands.ChangeRoom(
                session, RoomRequest, Room(model), topic: Two > 3 ? $"now {Three}" : null,
                retentionDays: Two < 5 ? Three : null),
            'E' or 'D' => Change(model, session),
            _ => throw new NotSupportedException("no such deed"),
        };
    }

    /// <summary>Now and then one that came before.</summary>
    private byte[] RoomRequest => TestChat.RequestId($"room {One}-{Two}-{Three}-{Minutes}");

    /// <summary>Mostly one there is.</summary>
    private long Room(NaiveChat model)
    {
        var open = model.Rooms.FindAll(room => !room.IsClosed);
        return open.Count == 0 || Three == 7 ? Two : open[(One + Three) % open.Count].Talk.Number;
    }

    private LoggedCommand Say(NaiveChat model, long session)
    {
        var own = model.Clients.Find(client => client.Account == model.Live(session)?.Account);
        return Commands.Say(
            session, own?.Number ?? 1, (own?.Last ?? 0) + (Minutes == 3 ? 0UL : 1UL), Math.Max(1, Room(model)),
            $"to all {Two}");
    }

    private LoggedCommand MakeHook(NaiveChat model, long session) => Commands.CreateHook(
        session, TestChat.Token(2_000 + Two), Two == 7 ? TestChat.OtherPassword : Password(model, session),
        Three > 3 ? Account(model, Two) : 0, Three > 3 ? 0 : Math.Max(1, Room(model)));

    private LoggedCommand Post(NaiveChat model) => Commands.Post(
        model.Tokens.Count == 0 ? One : model.Tokens[(One + Two) % model.Tokens.Count].Number,
        $"key {Three}", Minutes == 2 ? "other" : "disk full");

    /// <summary>Mostly an administrator's session.</summary>
    private long Administrator(NaiveChat model, long otherwise)
    {
        var one = model.Sessions.Find(session =>
            session.EndedAt == 0 && model.Living(session.Account) is { IsAdministrator: true });
        return one is null || One == 7 ? otherwise : one.Number;
    }

    /// <summary>Mostly with the password of now.</summary>
    private LoggedCommand Login(NaiveChat model)
    {
        var account = Account(model, One);
        if (Minutes == 2 && model.Tokens.Find(token => token.Account == account || Three == 7) is { } device)
        {
            return Commands.LoginWithToken(
                account, TestChat.Token(Two + (8 * Three)), device.Hash.ToByteArray(), takeOver: Three > 3);
        }

        var password = Two == 7 ? TestChat.Password : model.Living(account)?.Password;
        var login = Commands.Login(
            account, TestChat.Token(Two + (8 * Three)), takeOver: Three > 3, password ?? TestChat.Password);
        login.Login.AddressHash = One > 5 ? ByteString.Empty : Commands.Address(One);
        return login;
    }

    private static string Password(NaiveChat model, long session) =>
        model.Living(model.Live(session)?.Account ?? 0)?.Password ?? TestChat.Password;

    /// <summary>Mostly somebody who lives.</summary>
    private static long Account(NaiveChat model, int choice)
    {
        var living = model.Accounts.FindAll(account => !account.IsDeleted);
        return choice % 8 == 7 || living.Count == 0 ? choice : living[choice % living.Count].Number;
    }

    private long Session(NaiveChat model)
    {
        var live = model.Sessions.FindAll(session => session.EndedAt == 0);
        return live.Count == 0 || (Three == 7 && Two < 2) ? One : live[One % live.Count].Number;
    }

    private LoggedCommand Send(NaiveChat model, long session)
    {
        var own = model.Clients.FindAll(client => client.Account == model.Live(session)?.Account);
        var client = own.Count == 0 || (Two == 7 && Three < 2) ? (ulong)Two : own[Two % own.Count].Number;
        var last = (long)(model.Client(client)?.Last ?? 0);
        var counter = (ulong)Math.Max(0, Minutes switch { 3 => last + Three - 5, _ => last + 1 });
        return Commands.Send(
            session, client, counter, Account(model, Three + Minutes), $"line {Three % 2} {new string('x', Three)}");
    }

    /// <summary>Mostly a message of one's own, among the last of a conversation one is in.</summary>
    private LoggedCommand Change(NaiveChat model, long session)
    {
        var account = model.Live(session)?.Account ?? 0;
        var talks = model.Conversations.FindAll(each =>
            each.Head > 0 && (each.Has(account) || model.IsInside(each.Number, account) || Minutes == 3));
        var talk = talks.Count == 0 ? null : talks[Two % talks.Count];
        var own = talk?.Messages.FindAll(message => message.Sender == account || Three > 4);
        var sequence = own is null or [] ? Three : own[^Math.Min(own.Count, 1 + (One / 2))].Sequence;
        var text = $"edited {Two} {new string('y', Three * 4)}";
        return Kinds[Kind] == 'D'
            ? Commands.Delete(session, RoomRequest, talk?.Number ?? Two, sequence)
            : Commands.Edit(session, RoomRequest, talk?.Number ?? Two, sequence, text);
    }

    private LoggedCommand Acknowledge(NaiveChat model, long session)
    {
        var account = model.Live(session)?.Account ?? 0;
        var own = model.Conversations.FindAll(each => each.Has(account));
        var conversation = own.Count == 0 || Minutes == 3 ? (Two % 6) + 1 : own[Two % own.Count].Number;
        var head = model.Conversations.Find(each => each.Number == conversation)?.Head ?? 0;
        return Commands.Acknowledge(
            session,
            (conversation, Math.Max(1, head - (Three / 2) + (Minutes == 2 ? 1 : 0))),
            (Three % 2 == 0 ? conversation : own.FirstOrDefault()?.Number ?? 1, 1));
    }

    /// <summary>Mostly what was delivered, or some of it.</summary>
    private LoggedCommand MarkRead(NaiveChat model, long session)
    {
        var account = model.Live(session)?.Account ?? 0;
        var own = model.Conversations.FindAll(each =>
            account != 0 && (each.Has(account) || model.IsInside(each.Number, account)));
        var talk = own.Count == 0 || Minutes == 3 ? null : own[Two % own.Count];
        var delivered = talk is null ? 1
            : model.Room(talk.Number)?.People[account].Delivered ?? talk.Mark(account);
        return Commands.MarkRead(
            session, quiet: One % 3 == 0,
            (talk?.Number ?? (Two % 6) + 1, Math.Max(1, delivered - (Three / 3) + (Minutes == 2 ? 1 : 0))),
            (Three % 2 == 0 || own.Count == 0 ? talk?.Number ?? 1 : own[0].Number, 1));
    }
}
