using System.Collections.Concurrent;
using Parley.Core.Delivery;
using Parley.Core.Facts;
using Parley.Core.Storage;

namespace Parley.Core;

/// <summary>What logs in besides passwords, and what holds guessing back, as of the last COMMIT; for any thread.
/// </summary>
internal sealed class CredentialDirectory
{
    private readonly ConcurrentDictionary<UInt128, LoginFailureFacts> failures = new();
    private readonly ConcurrentDictionary<long, IReadOnlyList<UInt128>> addresses = new();
    private readonly ConcurrentDictionary<long, DeviceTokenFacts> tokens = new();
    private readonly ConcurrentDictionary<TokenHash, DeviceTokenFacts> tokensByHash = new();

    /// <summary>Wrong passwords that were tried for a name; none: the default.</summary>
    public LoginFailureFacts FindFailures(UInt128 nameHash) => failures.GetValueOrDefault(nameHash);

    /// <summary>Whether the account has logged in from there.</summary>
    public bool IsKnown(long account, UInt128 addressHash) =>
        addresses.TryGetValue(account, out var known) && known.Contains(addressHash);

    /// <param name="tokenHash">SHA-256 of the token, 32 bytes.</param>
    public DeviceTokenFacts? FindToken(ReadOnlySpan<byte> tokenHash) =>
        tokensByHash.GetValueOrDefault(TokenHash.From(tokenHash));

    /// <summary>The account's device tokens, the oldest first.</summary>
    public IReadOnlyList<DeviceTokenFacts> ListTokens(long account) =>
        [.. tokens.Values.Where(token => token.Account == account).OrderBy(token => token.Number)];

    /// <summary>Everything there is; before anyone else knows this directory.</summary>
    public void Load(SqliteChatFacts facts)
    {
        foreach (var (name, some) in facts.LoginFailures)
        {
            failures[name] = some;
        }

        foreach (var account in facts.AccountsWithAddresses)
        {
            addresses[account] = facts.GetAddresses(account);
        }

        foreach (var token in facts.DeviceTokens)
        {
            Put(token);
        }
    }

    /// <summary>What a batch changed; by the applier, after COMMIT.</summary>
    public void Publish(BatchNews news, SqliteChatFacts facts)
    {
        foreach (var name in news.LoginFailures)
        {
            if (facts.FindLoginFailures(name) is { } some)
            {
                failures[name] = some;
            }
            else
            {
                failures.TryRemove(name, out _);
            }
        }

        foreach (var account in news.KnownAddresses)
        {
            addresses[account] = facts.GetAddresses(account);
            if (addresses[account].Count == 0)
            {
                addresses.TryRemove(account, out _);
            }
        }

        foreach (var number in news.DeviceTokens)
        {
            if (facts.FindDeviceToken(number) is { } token)
            {
                Put(token);
            }
            else if (tokens.TryRemove(number, out var revoked))
            {
                tokensByHash.TryRemove(revoked.TokenHash, out _);
            }
        }
    }

    private void Put(DeviceTokenFacts token)
    {
        tokens[token.Number] = token;
        tokensByHash[token.TokenHash] = token;
    }
}
