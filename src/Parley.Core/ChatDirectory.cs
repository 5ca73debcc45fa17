using System.Collections.Concurrent;
using Parley.Core.Delivery;
using Parley.Core.Facts;
using Parley.Core.Storage;

namespace Parley.Core;

/// <summary>Accounts and live sessions as of the last COMMIT, for any thread.</summary>
internal sealed class ChatDirectory
{
    private readonly ConcurrentDictionary<long, AccountFacts> accounts = new();
    private readonly ConcurrentDictionary<string, AccountFacts> accountsByName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, SessionFacts> sessions = new();
    private readonly ConcurrentDictionary<TokenHash, SessionFacts> sessionsByToken = new();
    private volatile SettingsPicture settings = new(new Log.V1.Settings(), 0);

    /// <summary>Device tokens, wrong passwords, addresses.</summary>
    public CredentialDirectory Credentials { get; } = new();

    public RoomDirectory Rooms { get; } = new();

    /// <summary>A moment's picture of all live sessions.</summary>
    public IReadOnlyCollection<SessionFacts> LiveSessions => [.. sessions.Values];

    public Log.V1.Settings Settings => settings.Settings;

    /// <summary>The settings and their revision, of one moment. Not to be changed.</summary>
    public (Log.V1.Settings Settings, long Revision) Current
    {
        get
        {
            var now = settings;
            return (now.Settings, now.Revision);
        }
    }

    /// <summary>Counts changes of settings, from 0.</summary>
    public long SettingsRevision => settings.Revision;

    public AccountFacts? FindAccount(string name) => accountsByName.GetValueOrDefault(name);

    public AccountFacts? FindAccount(long account) => accounts.GetValueOrDefault(account);

    /// <param name="tokenHash">SHA-256 of the token, 32 bytes.</param>
    public SessionFacts? FindSession(ReadOnlySpan<byte> tokenHash) =>
        sessionsByToken.GetValueOrDefault(TokenHash.From(tokenHash));

    public SessionFacts? FindSession(long session) => sessions.GetValueOrDefault(session);

    /// <summary>Everything there is; before anyone else knows this directory.</summary>
    public void Load(SqliteChatFacts facts)
    {
        foreach (var account in facts.Accounts)
        {
            Put(account);
        }

        foreach (var (session, token) in facts.LiveSessions)
        {
            Put(session, token);
        }

        Credentials.Load(facts);
        Rooms.Load(facts);
        settings = new SettingsPicture(facts.Settings, facts.SettingsRevision);
    }

    /// <summary>What a batch changed; by the applier, after COMMIT.</summary>
    public void Publish(BatchNews news, SqliteChatFacts facts)
    {
        foreach (var number in news.DeletedAccounts)
        {
            if (accounts.TryRemove(number, out var deleted))
            {
                accountsByName.TryRemove(deleted.Name, out _);
            }
        }

        foreach (var number in news.Accounts)
        {
            if (facts.FindAccount(number) is { } account)
            {
                Put(account);
            }
        }

        foreach (var number in news.Sessions)
        {
            PublishSession(number, facts);
        }

        Credentials.Publish(news, facts);
        Rooms.Publish(news, facts);
        if (news.SettingsChanged)
        {
            settings = new SettingsPicture(facts.Settings, facts.SettingsRevision);
        }
    }

    private void PublishSession(long number, SqliteChatFacts facts)
    {
        if (facts.FindSession(number) is not { } session)
        {
            return;
        }

        if (session.IsLive)
        {
            Put(session.Session, session.Token);
            return;
        }

        sessions.TryRemove(number, out _);
        sessionsByToken.TryRemove(session.Token, out _);
    }

    private void Put(AccountFacts account)
    {
        accounts[account.Number] = account;
        accountsByName[account.Name] = account;
    }

    private void Put(SessionFacts session, TokenHash token)
    {
        sessions[session.Number] = session;
        sessionsByToken[token] = session;
    }

    private sealed record SettingsPicture(Log.V1.Settings Settings, long Revision);
}

/// <summary>An account that is not deleted.</summary>
/// <param name="Number">From 1, never reused.</param>
/// <param name="Name">Lower-case.</param>
/// <param name="PasswordHash">PHC string.</param>
/// <param name="CreatedAtUs">Log time, microseconds since 1970-01-01T00:00:00Z.</param>
/// <param name="LiveSession">Its live session's number, or 0.</param>
internal sealed record AccountFacts(
    long Number, string Name, string PasswordHash, long CreatedAtUs, long LiveSession)
{
    public AccountRole Role { get; init; } = AccountRole.Member;

    /// <summary>When an administrator disabled it, log time; 0: it may log in.</summary>
    public long DisabledAtUs { get; init; }

    public bool IsAdministrator => Role == AccountRole.Administrator;

    /// <summary>An administrator that may log in.</summary>
    public bool CanAdminister => IsAdministrator && DisabledAtUs == 0;
}

/// <summary>What an account may do. Stored: numbers are for ever.</summary>
internal enum AccountRole
{
    None = 0,

    /// <summary>Everything with what is its own.</summary>
    Member = 1,

    /// <summary>That, and what concerns other accounts and the cluster.</summary>
    Administrator = 2,
}

/// <summary>A live session.</summary>
internal sealed record SessionFacts
{
    public required long Number { get; init; }

    public required long Account { get; init; }

    public required string AccountName { get; init; }

    public required TimeSpan Lease { get; init; }

    /// <summary>Login or last TouchSessions, log time in microseconds since 1970-01-01T00:00:00Z.</summary>
    public required long TouchedAtUs { get; init; }

    /// <summary>The newest delivery stream, 0 for none.</summary>
    public required long StreamNumber { get; init; }
}
