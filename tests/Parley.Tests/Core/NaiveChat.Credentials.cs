using Google.Protobuf;
using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <content>Passwords, device tokens, and what holds guessing back.</content>
internal sealed partial class NaiveChat
{
    public List<NaiveToken> Tokens { get; } = [];

    /// <summary>Hashes of those that are none any more, and since when.</summary>
    public List<(ByteString Hash, long At)> RevokedTokens { get; } = [];

    /// <summary>By the hash of the name: how many, and when the last was.</summary>
    public Dictionary<ByteString, (int Count, long LastAt)> Failures { get; } = [];

    private Outcome.Done RecordFailures(RecordLoginFailures command)
    {
        foreach (var (name, _) in Failures.Where(each => each.Value.LastAt <= now - 3_600_000_000).ToArray())
        {
            Failures.Remove(name);
        }

        foreach (var some in command.Failures)
        {
            var before = Failures.GetValueOrDefault(some.NameHash).Count;
            Failures[some.NameHash] = (Math.Min(1_000, before + some.Count), now);
        }

        return Outcome.Done.Instance;
    }

    private Outcome ChangePassword(ChangePassword command)
    {
        if (Live(command.Session) is not { } session)
        {
            return No(Rejection.SessionEnded);
        }

        var account = Living(session.Account)!;
        if (account.Password != command.OldPasswordHash)
        {
            return account.Password == command.NewPasswordHash ? Outcome.Done.Instance : No(Rejection.PasswordChanged);
        }

        account.Password = command.NewPasswordHash;
        RevokeTokens(account.Number);
        return Outcome.Done.Instance;
    }

    private Outcome CreateToken(CreateToken command)
    {
        if (Live(command.Session) is not { } session)
        {
            return No(Rejection.SessionEnded);
        }

        var known = Tokens.Find(each => each.Hash == command.TokenHash);
        if (known?.Account == session.Account && (known.Recipient, known.Room) == (command.Recipient, command.Room))
        {
            return new Outcome.TokenCreated(known.Number);
        }

        if (command.Room != 0 && !IsInside(command.Room, session.Account))
        {
            return No(Room(command.Room) is { IsClosed: false, ByInvitation: false }
                ? Rejection.NotMember : Rejection.NotFound);
        }

        if (command.Recipient != 0 && Living(command.Recipient) is null)
        {
            return No(Rejection.NotFound);
        }

        if (Living(session.Account)!.Password != command.PasswordHash)
        {
            return No(Rejection.PasswordChanged);
        }

        var dayAgo = now - 86_400_000_000;
        if (known is not null || RevokedTokens.Exists(each => each.Hash == command.TokenHash && each.At > dayAgo))
        {
            return No(Rejection.RequestIdReused);
        }

        if (Tokens.Count(each => each.Account == session.Account) >= Limits.TokensPerAccountMax)
        {
            return No(Rejection.TooManyTokens);
        }

        Tokens.Add(new NaiveToken(
            index, session.Account, command.TokenHash, command.Recipient, command.Room));
        return new Outcome.TokenCreated(index);
    }

    /// <summary>A key is a client of its own, of which nothing more comes.</summary>
    private Outcome Post(PostToHook command)
    {
        var hook = Tokens.Find(each => each.Number == command.Hook && each.IsHook);
        if (hook is null || Living(hook.Account) is not { IsDisabled: false })
        {
            return No(Rejection.HookEnded);
        }

        if (Clients.Find(each => each.Account == -hook.Number && each.Request == command.KeyHash) is { } known)
        {
            var (hash, first) = known.Outcomes[1];
            return hash == command.ContentHash ? first : No(Rejection.MessageIdReused);
        }

        var send = new SendMessage { Recipient = hook.Recipient, Room = hook.Room, Text = command.Text };
        var outcome = Decide(send, hook.Account);
        if (outcome is Outcome.MessageStored)
        {
            var key = new NaiveClient((ulong)++clientsMade, -hook.Number, 0, command.KeyHash);
            (key.EndedAt, key.Last) = (now, 1);
            key.Outcomes[1] = (command.ContentHash, outcome);
            Clients.Add(key);
        }

        return outcome;
    }

    private Outcome RevokeToken(RevokeToken command)
    {
        if (Live(command.Session) is not { } session)
        {
            return No(Rejection.SessionEnded);
        }

        if (Tokens.Find(each => each.Number == command.Token && each.Account == session.Account) is not { } token)
        {
            return No(Rejection.NotFound);
        }

        End(Live(token.Session), forget: false);
        Revoke(token);
        return Outcome.Done.Instance;
    }

    private void RevokeTokens(long account) => Tokens.FindAll(each => each.Account == account).ForEach(Revoke);

    private void Revoke(NaiveToken token)
    {
        Tokens.Remove(token);
        RevokedTokens.Add((token.Hash, now));
    }

    /// <summary>What a login leaves behind besides its session.</summary>
    private void Note(NaiveAccount account, NaiveToken? device, NaiveSession session, ByteString address)
    {
        if (device is not null)
        {
            device.Session = session.Number;
            return;
        }

        Failures.Remove(Commands.NameHash(account.Name));
        if (!address.IsEmpty && !account.Addresses.Contains(address))
        {
            account.Addresses.Add(address);
        }
    }
}
