using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Device tokens that are none any more, for as long as a copy of what made them may be on its way; all are in
/// memory.</content>
internal sealed partial class SqliteChatFacts
{
    private readonly Dictionary<TokenHash, RevokedToken> revokedTokens = [];
    private readonly Dictionary<long, int> revokedByAccount = [];

    private Statement InsertRevokedToken => field ??= database.Prepare(
        """
        INSERT INTO revoked_tokens (number, account, token_hash, revoked_at_us)
        VALUES ($number, $account, $token_hash, $revoked_at_us)
        """,
        Schema.RevokedTokens);

    private Statement SelectRevokedToken => field ??= database.Prepare(
        "SELECT number, account, token_hash, revoked_at_us FROM revoked_tokens WHERE number = $number");

    private Statement DeleteRevokedToken => field ??= database.Prepare(
        "DELETE FROM revoked_tokens WHERE number = $number");

    public long? FindRevocation(in TokenHash tokenHash) =>
        revokedTokens.TryGetValue(tokenHash, out var revoked) ? revoked.AtUs : null;

    public int CountRevokedTokens(long account) => revokedByAccount.GetValueOrDefault(account);

    public void ForgetRevokedTokens(long account, long revokedUntilUs)
    {
        var outlived = revokedTokens.Values.Where(each => each.Account == account && each.AtUs <= revokedUntilUs);
        foreach (var revoked in outlived.ToArray())
        {
            ForgetRevocation(revoked.TokenHash);
        }
    }

    public void ForgetRevokedTokens(long revokedUntilUs, int rowsMax)
    {
        var outlived = revokedTokens.Values.Where(each => each.AtUs <= revokedUntilUs)
            .OrderBy(each => each.Number).Take(rowsMax);
        foreach (var revoked in outlived.ToArray())
        {
            ForgetRevocation(revoked.TokenHash);
        }
    }

    private void RememberRevocation(DeviceTokenFacts token, long nowUs)
    {
        if (StateVersion < StateVersions.Revocations)
        {
            return;
        }

        Keep(new RevokedToken(token.Number, token.Account, token.TokenHash, nowUs));
        Span<byte> tokenHash = stackalloc byte[TokenHash.Size];
        token.TokenHash.WriteTo(tokenHash);
        digest += writer.Start(Schema.RevokedTokens, InsertRevokedToken)
            .Add(token.Number).Add(token.Account).AddBlob(tokenHash).Add(nowUs).Write();
    }

    private void ForgetRevocation(in TokenHash tokenHash)
    {
        if (!revokedTokens.Remove(tokenHash, out var revoked))
        {
            return;
        }

        digest -= HashStored(Schema.RevokedTokens, SelectRevokedToken.Start().With(revoked.Number));
        DeleteRevokedToken.Start().With(revoked.Number).Run();
        if (--revokedByAccount[revoked.Account] == 0)
        {
            revokedByAccount.Remove(revoked.Account);
        }
    }

    private void Keep(in RevokedToken revoked)
    {
        revokedTokens.Add(revoked.TokenHash, revoked);
        revokedByAccount[revoked.Account] = revokedByAccount.GetValueOrDefault(revoked.Account) + 1;
    }

    private void LoadRevokedTokens()
    {
        var read = database.Prepare(
            "SELECT number, account, token_hash, revoked_at_us FROM revoked_tokens ORDER BY number").Start();
        while (read.Step())
        {
            Keep(new RevokedToken(
                read.Int64(0), read.Int64(1), TokenHash.From(read.Bytes(2)), read.Int64(3)));
        }
    }

    private readonly record struct RevokedToken(long Number, long Account, TokenHash TokenHash, long AtUs);
}
