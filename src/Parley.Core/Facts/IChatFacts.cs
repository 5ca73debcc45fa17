using Parley.Core.Log.V1;

namespace Parley.Core.Facts;

/// <summary>
/// What the rules of <c>Apply</c> know and do, one method per fact: the door behind which SQLite stands today and
/// another engine may stand tomorrow. Every method sees what earlier ones did, also within a batch.
/// </summary>
/// <remarks>Times are log time, microseconds since 1970-01-01T00:00:00Z.</remarks>
internal interface IChatFacts : IRoomFacts, IMessageFacts
{
    int StateVersion { get; }

    /// <summary>As stored: 0 means the default.</summary>
    Settings Settings { get; }

    long SettingsRevision { get; }

    void RaiseVersion(int stateVersion);

    void ChangeSettings(Settings settings);

    AccountFacts? FindAccount(long account);

    AccountFacts? FindAccount(string name);

    int CountAccounts();

    /// <summary>Those that may log in.</summary>
    int CountAdministrators();

    /// <summary>Gives the next account number.</summary>
    AccountFacts AddAccount(string name, string passwordHash, AccountRole role, long nowUs);

    void ChangeRole(long account, AccountRole role);

    /// <summary>Disables it since then; 0 enables it.</summary>
    void DisableAccount(long account, long disabledAtUs);

    void ReplacePasswordHash(long account, string passwordHash);

    /// <summary>Frees the name, forgets clients and inbox; what it sent stays. Its session has ended before.</summary>
    void DeleteAccount(long account, long nowUs);

    AccountRequest? FindAccountRequest(UInt128 requestId);

    void RememberAccountRequest(in AccountRequest request, long logIndex);

    /// <summary>It may be used up or expired: it is remembered for a while, so that a late copy makes no second one.
    /// </summary>
    InviteFacts? FindInvite(in TokenHash codeHash);

    /// <summary>As above, by its number.</summary>
    InviteFacts? FindInvite(long number);

    int CountInvites();

    void AddInvite(InviteFacts invite);

    /// <summary>Takes one of its uses.</summary>
    void UseInvite(in TokenHash codeHash);

    /// <summary>Leaves it no use.</summary>
    void RevokeInvite(in TokenHash codeHash);

    /// <summary>Forgets invitations that expired at this time or before.</summary>
    void ForgetInvites(long expiredUntilUs);

    /// <summary>Keeps an act; the oldest goes when there are too many.</summary>
    void Audit(in AuditedAct act, in EntryStamp stamp);

    /// <summary>Counts wrong passwords for a name; of too many names that no account has, those with the fewest are
    /// forgotten.</summary>
    void AddLoginFailures(UInt128 nameHash, int count, long nowUs);

    /// <summary>Forgets those of a name.</summary>
    void ForgetLoginFailures(UInt128 nameHash);

    /// <summary>Forgets names whose last wrong password was at this time or before.</summary>
    void ForgetLoginFailures(long lastUntilUs);

    /// <summary>Remembers that the account has logged in from there; of too many, the one that was not used for longest
    /// is forgotten.</summary>
    void RememberAddress(long account, UInt128 addressHash, long nowUs);

    DeviceTokenFacts? FindDeviceToken(in TokenHash tokenHash);

    DeviceTokenFacts? FindDeviceToken(long number);

    int CountDeviceTokens(long account);

    /// <summary>When the token with this hash was revoked, if that is remembered.</summary>
    long? FindRevocation(in TokenHash tokenHash);

    /// <summary>How many revoked ones of the account are remembered.</summary>
    int CountRevokedTokens(long account);

    /// <summary>Forgets those of the account that were revoked at this time or before.</summary>
    void ForgetRevokedTokens(long account, long revokedUntilUs);

    /// <summary>As above, of all accounts, at most so many.</summary>
    void ForgetRevokedTokens(long revokedUntilUs, int rowsMax);

    void AddDeviceToken(DeviceTokenFacts token);

    /// <summary>A session was opened with it.</summary>
    void UseDeviceToken(long number, long session, long nowUs);

    /// <summary>Ends it, and remembers that.</summary>
    void RevokeDeviceToken(long number, long nowUs);

    /// <summary>Revokes all of the account.</summary>
    void RevokeDeviceTokens(long account, long nowUs);

    /// <summary>The client, of one counter, that stands for a key of a hook; until it is forgotten as clients are whose
    /// session has ended.</summary>
    ClientFacts? FindHookKey(long hook, UInt128 keyHash);

    int CountHookKeys(long hook);

    /// <summary>Gives the next client number.</summary>
    ulong AddHookKey(long hook, UInt128 keyHash, long nowUs);

    SessionFacts? FindLiveSession(long session);

    /// <summary>Whose token this is or was.</summary>
    TokenFacts? FindToken(in TokenHash tokenHash);

    /// <summary>Gives the next session number, and the session its first client.</summary>
    long AddSession(long account, in TokenHash tokenHash, long leaseMs, long nowUs);

    void EndSession(long session, bool forgetClients, long nowUs);

    void TouchSession(long session, long touchedAtUs);

    /// <summary>The nonce of the session's newest stream; 0 for none.</summary>
    ulong GetStreamNonce(long session);

    void OpenStream(long session, long streamNumber, ulong nonce);

    ClientFacts? FindClient(ulong client);

    /// <summary>The client that this request opened in this session.</summary>
    ClientFacts? FindClient(long account, long session, UInt128 requestId);

    /// <summary>The client that came with the session.</summary>
    ClientFacts GetFirstClient(long session);

    int CountClients(long account);

    /// <summary>Gives the next client number.</summary>
    ulong AddClient(long account, long session, UInt128 requestId);

    /// <summary>Forgets the account's clients whose session ended at this time or before.</summary>
    void ForgetClients(long account, long endedUntilUs);

    /// <summary>Forgets the ended client that is missed least: one that never sent, or the one that ended longest ago.
    /// False: none has ended.</summary>
    bool ForgetEndedClient(long account);

    /// <summary>What was decided about a counter; for one of the client's last 1,024 it is there.</summary>
    RememberedOutcome? FindOutcome(ulong client, ulong counter);

    /// <summary>Takes the client's next counter for a refusal.</summary>
    void RememberRejection(in SendIdentity identity, Rejection reason);

    ConversationFacts? FindConversation(long conversation);

    /// <summary>The direct conversation of two accounts (or of one with itself).</summary>
    ConversationFacts? FindConversation(long account, long other);

    /// <summary>Gives the next conversation number.</summary>
    ConversationFacts AddConversation(long account, long other, long nowUs);

    InboxFacts GetInbox(long account);

    /// <summary>Takes the client's next counter and the conversation's next sequence.</summary>
    Outcome.MessageStored AppendMessage(
        in SendIdentity identity, long sender, long recipient, long conversation, string text, in EntryStamp stamp);

    /// <summary>Moves a member's delivered mark forward.</summary>
    void MoveMark(long conversation, long account, long sequence, long nowUs);

    /// <summary>Of a member. Where none is stored: everything delivered counts as read, and nobody was told.</summary>
    ReadMarkFacts GetReadMark(long conversation, long account);

    /// <summary>Moves a member's read mark forward, at most to its delivered mark.</summary>
    void MoveReadMark(long conversation, long account, in ReadMarkFacts mark);

    /// <summary>Up to which sequence every message had been acknowledged by its recipient at that time.</summary>
    long GetSettledSequence(long conversation, long atUs);

    /// <summary>Drops the oldest messages up to a sequence, at most so many rows; how many it dropped.</summary>
    int DropMessages(long conversation, long throughSequence, int rowsMax);

    /// <summary>Forgets ended sessions, request ids and clients that are older; at most so many of each.</summary>
    void ForgetExpired(long requestsUntilUs, long clientsUntilUs, int rowsMax);
}
