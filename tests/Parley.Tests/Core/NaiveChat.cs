using Google.Protobuf;
using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>The rules of the chat said in the plainest way, over lists: what the real state is compared with.</summary>
internal sealed partial class NaiveChat
{
    public List<NaiveAccount> Accounts { get; } = [];

    public List<NaiveSession> Sessions { get; } = [];

    public List<NaiveClient> Clients { get; } = [];

    public List<NaiveConversation> Conversations { get; } = [];

    public Settings Settings { get; private set; } = new();

    public long Revision { get; private set; }

    private Dictionary<ByteString, (string Name, Outcome Outcome, long At)> Requests { get; } = [];

    private long now;
    private long index;
    private int sessionsMade;
    private int clientsMade;

    public NaiveSession? Live(long session) => Sessions.Find(each => each.Number == session && each.EndedAt == 0);

    public NaiveAccount? Living(long account) => Accounts.Find(each => each.Number == account && !each.IsDeleted);

    public NaiveClient? Client(ulong client) => Clients.Find(each => each.Number == client);

    public Outcome Apply(LoggedCommand command, long logIndex, long timeUs)
    {
        (now, index) = (timeUs, logIndex);
        if (command.NotAfterUs != 0 && now > command.NotAfterUs)
        {
            return No(Rejection.TooLate);
        }

        return command.CommandCase switch
        {
            LoggedCommand.CommandOneofCase.CreateAccount => Create(command.CreateAccount),
            LoggedCommand.CommandOneofCase.DeleteAccount => Delete(command.DeleteAccount),
            LoggedCommand.CommandOneofCase.Login => Login(command.Login),
            LoggedCommand.CommandOneofCase.Logout => Logout(command.Logout),
            LoggedCommand.CommandOneofCase.OpenClient => OpenClient(command.OpenClient),
            LoggedCommand.CommandOneofCase.SendMessage => Send(command.SendMessage),
            LoggedCommand.CommandOneofCase.AcknowledgeMessages => Acknowledge(command.AcknowledgeMessages),
            LoggedCommand.CommandOneofCase.MarkRead => MarkRead(command.MarkRead),
            LoggedCommand.CommandOneofCase.OpenStream => OpenStream(command.OpenStream),
            LoggedCommand.CommandOneofCase.ExpireSessions => Expire(command.ExpireSessions),
            LoggedCommand.CommandOneofCase.TouchSessions => Touch(command.TouchSessions),
            LoggedCommand.CommandOneofCase.Purge => Purge(command.Purge),
            LoggedCommand.CommandOneofCase.ChangeSettings => Change(command.ChangeSettings),
            LoggedCommand.CommandOneofCase.CreateInvite => Invite(command.CreateInvite),
            LoggedCommand.CommandOneofCase.RevokeInvite => Revoke(command.RevokeInvite),
            LoggedCommand.CommandOneofCase.ChangeAccount => ChangeAccount(command.ChangeAccount),
            LoggedCommand.CommandOneofCase.RecordLoginFailures => RecordFailures(command.RecordLoginFailures),
            LoggedCommand.CommandOneofCase.ChangePassword => ChangePassword(command.ChangePassword),
            LoggedCommand.CommandOneofCase.CreateToken => CreateToken(command.CreateToken),
            LoggedCommand.CommandOneofCase.RevokeToken => RevokeToken(command.RevokeToken),
            LoggedCommand.CommandOneofCase.PostToHook => Post(command.PostToHook),
            LoggedCommand.CommandOneofCase.RaiseVersion => Outcome.Done.Instance,
            LoggedCommand.CommandOneofCase.CreateRoom => CreateRoom(command.CreateRoom),
            LoggedCommand.CommandOneofCase.ChangeRoom => ChangeRoom(command.ChangeRoom),
            LoggedCommand.CommandOneofCase.ChangeRoomMember => ChangeMember(command.ChangeRoomMember),
            LoggedCommand.CommandOneofCase.ChangeMessage => ChangeMessage(command.ChangeMessage),
            _ => throw new NotSupportedException("the model does not know this command"),
        };
    }

    /// <summary>What a new stream of the account must be sent.</summary>
    public IReadOnlyList<NaiveMessage> Undelivered(long account) =>
    [
        .. Conversations.Where(each => each.Has(account))
            .SelectMany(each => each.Kept.Where(message => message.Sequence > each.Mark(account)))
            .Concat(UndeliveredInRooms(account))
            .OrderBy(message => message.LogIndex),
    ];

    private Outcome Create(CreateAccount command)
    {
        var taken = Accounts.Exists(each => !each.IsDeleted && each.Name == command.Name);
        if (Requests.TryGetValue(command.RequestId, out var request))
        {
            return request.Name == command.Name ? request.Outcome
                : No(taken ? Rejection.NameTaken : Rejection.RequestIdReused);
        }

        var isFirst = Accounts.TrueForAll(each => each.IsDeleted);
        var refusal = taken ? Rejection.NameTaken : Rejection.None;
        refusal = isFirst || MayRegister(command.InviteHash) is Rejection.None ? refusal
            : MayRegister(command.InviteHash);
        Outcome outcome = No(refusal);
        if (refusal == Rejection.None)
        {
            var account = new NaiveAccount(Accounts.Count + 1, command.Name) { IsAdministrator = isFirst };
            Accounts.Add(account);
            if (!isFirst && Settings.Registration == Registration.Invitation)
            {
                Invites.Find(each => each.Code == command.InviteHash)!.Uses--;
            }

            outcome = new Outcome.AccountCreated(account.Number, account.Name);
        }

        Requests[command.RequestId] = (command.Name, outcome, now);
        return outcome;
    }

    private Outcome Delete(DeleteAccount command)
    {
        if (Live(command.Session) is not { } session)
        {
            return No(Rejection.SessionEnded);
        }

        if (session.Account != command.Account)
        {
            return No(Rejection.NotFound);
        }

        var living = Accounts.FindAll(each => !each.IsDeleted);
        if (living.Count > 1
            && living.FindAll(each => each.IsAdministrator && !each.IsDisabled) is [var only]
            && only.Number == command.Account)
        {
            return No(Rejection.LastAdministrator);
        }

        session.EndedAt = now;
        Remove(command.Account);
        return Outcome.Done.Instance;
    }

    private void Remove(long number)
    {
        Living(number)!.IsDeleted = true;
        RevokeTokens(number);
        Clients.RemoveAll(each => each.Account == number);
        LeaveRooms(number);
        foreach (var conversation in Conversations.Where(each => each.Has(number)))
        {
            conversation.Reads.Remove(number);
            Settle(conversation);
        }
    }

    private Outcome Login(Login command)
    {
        if (Living(command.Account) is not { } account)
        {
            return No(Rejection.NotFound);
        }

        var token = Sessions.Find(each => each.Token == command.TokenHash);
        if (token is { EndedAt: 0 } && token.Account == command.Account)
        {
            return LoggedIn(token);
        }

        var device = Tokens.Find(each => each.Hash == command.DeviceTokenHash);
        if (!command.DeviceTokenHash.IsEmpty && (device?.Account != account.Number || device.IsHook))
        {
            return No(Rejection.TokenRevoked);
        }

        if (command.DeviceTokenHash.IsEmpty && account.Password != command.PasswordHash)
        {
            return No(Rejection.PasswordChanged);
        }

        if (account.IsDisabled)
        {
            return No(Rejection.AccountDisabled);
        }

        if (token is not null)
        {
            return No(Rejection.TokenEnded);
        }

        var live = Sessions.Find(each => each.Account == command.Account && each.EndedAt == 0);
        if (live is not null && !command.TakeOver)
        {
            return No(Rejection.AlreadyLoggedIn);
        }

        End(live, forget: false);
        if (!HasRoom(command.Account))
        {
            return No(Rejection.TooManyClients);
        }

        var session = new NaiveSession(++sessionsMade, command.Account, command.TokenHash, (ulong)++clientsMade)
        {
            TouchedAt = now,
        };
        Sessions.Add(session);
        Clients.Add(new NaiveClient(session.FirstClient, command.Account, session.Number, ByteString.Empty));
        Note(account, device, session, command.AddressHash);
        return LoggedIn(session);
    }

    private Outcome.LoggedIn LoggedIn(NaiveSession session) =>
        new(session.Number, session.FirstClient, Client(session.FirstClient)!.Last, session.Stream);

    private bool HasRoom(long account)
    {
        if (Clients.Count(each => each.Account == account) < Limits.ClientsPerAccountMax)
        {
            return true;
        }

        var week = now - TimeSpan.FromDays(7).Ticks / 10;
        Clients.RemoveAll(each => each.Account == account && each.EndedAt > 0 && each.EndedAt <= week);
        if (Clients.Count(each => each.Account == account) < Limits.ClientsPerAccountMax)
        {
            return true;
        }

        var ended = Clients.Where(each => each.Account == account && each.EndedAt > 0);
        return ended.OrderBy(each => each.Last > 0).ThenBy(each => each.EndedAt).ThenBy(each => each.Number)
            .FirstOrDefault() is { } least && Clients.Remove(least);
    }

    private void End(NaiveSession? session, bool forget)
    {
        if (session is null)
        {
            return;
        }

        session.EndedAt = now;
        foreach (var client in Clients.Where(each => each.Session == session.Number).ToArray())
        {
            client.EndedAt = now;
            if (forget)
            {
                Clients.Remove(client);
            }
        }
    }

    private Outcome Logout(Logout command)
    {
        var session = Live(command.Session);
        End(session, command.OutboxEmpty);
        return session is null ? No(Rejection.SessionEnded) : Outcome.Done.Instance;
    }

    private Outcome OpenClient(OpenClient command)
    {
        if (Live(command.Session) is not { } session)
        {
            return No(Rejection.SessionEnded);
        }

        if (Clients.Find(each => each.Session == session.Number && each.Request == command.RequestId) is { } known)
        {
            return new Outcome.ClientOpened(known.Number, known.Last);
        }

        if (!HasRoom(session.Account))
        {
            return No(Rejection.TooManyClients);
        }

        var client = new NaiveClient((ulong)++clientsMade, session.Account, session.Number, command.RequestId);
        Clients.Add(client);
        return new Outcome.ClientOpened(client.Number, 0);
    }

    private Outcome Send(SendMessage command)
    {
        if (Live(command.Session) is not { } session)
        {
            return No(Rejection.SessionEnded);
        }

        if (Client(command.Client) is not { } client || client.Account != session.Account)
        {
            return No(Rejection.ClientForgotten);
        }

        if (command.Counter > client.Last + 1)
        {
            return No(Rejection.OutOfOrder);
        }

        if (command.Counter <= client.Last)
        {
            if (command.Counter == 0 || command.Counter + Limits.ClientOutcomesMax <= client.Last)
            {
                return No(Rejection.AlreadyAnswered);
            }

            var (hash, first) = client.Outcomes[command.Counter];
            return hash == command.ContentHash ? first : No(Rejection.MessageIdReused);
        }

        var outcome = Decide(command, session.Account);
        client.Last++;
        client.Outcomes[client.Last] = (command.ContentHash, outcome);
        return outcome;
    }

    private Outcome Decide(SendMessage command, long sender)
    {
        if (command.Room != 0)
        {
            return Say(command, sender);
        }

        if (Living(command.Recipient) is null)
        {
            return No(Rejection.NotFound);
        }

        var most = Settings.UndeliveredMessagesMax > 0 ? Settings.UndeliveredMessagesMax : 100_000;
        if (command.Recipient != sender
            && (Waiting(command.Recipient).Count() >= most
                || WaitingBytes(command.Recipient) + command.Text.Length > BytesMax))
        {
            return No(Rejection.InboxFull);
        }

        var conversation = Conversations.Find(each => each.Joins(sender, command.Recipient));
        if (conversation is null)
        {
            conversation = new NaiveConversation(Conversations.Count + 1, sender, command.Recipient);
            Conversations.Add(conversation);
        }

        var message = new NaiveMessage(
            conversation.Number, conversation.Head + 1, sender, command.Text, now, index);
        conversation.Messages.Add(message);
        return new Outcome.MessageStored(conversation.Number, message.Sequence, now, index);
    }

    private Outcome OpenStream(OpenStream command)
    {
        if (Live(command.Session) is not { } session)
        {
            return No(Rejection.SessionEnded);
        }

        if (command.StreamNumber == session.Stream && command.Nonce != 0 && command.Nonce == session.StreamNonce)
        {
            return Outcome.Done.Instance;
        }

        if (command.StreamNumber <= session.Stream)
        {
            return No(Rejection.StreamReplaced);
        }

        (session.Stream, session.StreamNonce) = (command.StreamNumber, command.Nonce);
        return Outcome.Done.Instance;
    }

    private Outcome.Done Expire(ExpireSessions command)
    {
        foreach (var silent in command.Sessions)
        {
            if (Live(silent.Session) is { } session && session.TouchedAt == silent.TouchedAtUs)
            {
                End(session, forget: false);
            }
        }

        return Outcome.Done.Instance;
    }

    private Outcome.Done Touch(TouchSessions command)
    {
        foreach (var heard in command.Sessions)
        {
            if (Live(heard.Session) is { } session)
            {
                session.TouchedAt = Math.Max(session.TouchedAt, Math.Min(heard.TouchedAtUs, now));
            }
        }

        return Outcome.Done.Instance;
    }

    private static Outcome.Rejected No(Rejection reason) => new(reason);
}
