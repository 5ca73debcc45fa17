using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Device tokens, and the nonces of the newest streams; all are in memory.</content>
internal sealed partial class SqliteChatFacts
{
    private const string DeviceTokenColumns =
        "number, account, token_hash, label, created_at_us, session, used_at_us";

    private readonly Dictionary<long, DeviceTokenFacts> deviceTokens = [];
    private readonly Dictionary<TokenHash, long> deviceTokensByHash = [];
    private readonly Dictionary<long, ulong> streamNonces = [];

    /// <summary>All there are.</summary>
    public IEnumerable<DeviceTokenFacts> DeviceTokens => deviceTokens.Values;

    private Statement UpsertDeviceToken => field ??= database.Prepare(
        """
        INSERT OR REPLACE INTO device_tokens (number, account, token_hash, label, created_at_us, session, used_at_us)
        VALUES ($number, $account, $token_hash, $label, $created_at_us, $session, $used_at_us)
        """,
        Schema.DeviceTokens);

    private Statement SelectDeviceToken => field ??= database.Prepare(
        $"SELECT {DeviceTokenColumns} FROM device_tokens WHERE number = $number");

    private Statement DeleteDeviceToken => field ??= database.Prepare(
        "DELETE FROM device_tokens WHERE number = $number");

    private Statement UpsertStreamNonce => field ??= database.Prepare(
        "INSERT OR REPLACE INTO stream_nonces (session, nonce) VALUES ($session, $nonce)", Schema.StreamNonces);

    private Statement SelectStreamNonce => field ??= database.Prepare(
        "SELECT session, nonce FROM stream_nonces WHERE session = $session");

    private Statement DeleteStreamNonce => field ??= database.Prepare(
        "DELETE FROM stream_nonces WHERE session = $session");

    public DeviceTokenFacts? FindDeviceToken(in TokenHash tokenHash) =>
        deviceTokensByHash.TryGetValue(tokenHash, out var number) ? deviceTokens[number] : null;

    public DeviceTokenFacts? FindDeviceToken(long number) => deviceTokens.GetValueOrDefault(number);

    public int CountDeviceTokens(long account) => deviceTokens.Values.Count(each => each.Account == account);

    public void AddDeviceToken(DeviceTokenFacts token)
    {
        ForgetRevocation(token.TokenHash);
        Keep(token);
        Write(token);
        if (token.Hook is { } target)
        {
            digest += writer.Start(Schema.Hooks, InsertHook)
                .Add(token.Number).Add(target.Recipient).Add(target.Room).Write();
        }
    }

    public void UseDeviceToken(long number, long session, long nowUs)
    {
        digest -= HashStored(Schema.DeviceTokens, SelectDeviceToken.Start().With(number));
        deviceTokens[number] = deviceTokens[number] with { Session = session, UsedAtUs = nowUs };
        Write(deviceTokens[number]);
    }

    public void RevokeDeviceToken(long number, long nowUs)
    {
        digest -= HashStored(Schema.DeviceTokens, SelectDeviceToken.Start().With(number));
        DeleteDeviceToken.Start().With(number).Run();
        deviceTokens.Remove(number, out var token);
        deviceTokensByHash.Remove(token!.TokenHash);
        if (token.Hook is not null)
        {
            digest -= HashStored(Schema.Hooks, SelectHook.Start().With(number));
            DeleteHook.Start().With(number).Run();
        }

        RememberRevocation(token, nowUs);
        News.DeviceTokens.Add(number);
    }

    public void RevokeDeviceTokens(long account, long nowUs)
    {
        foreach (var token in deviceTokens.Values.Where(each => each.Account == account).ToArray())
        {
            RevokeDeviceToken(token.Number, nowUs);
        }
    }

    public ulong GetStreamNonce(long session) => streamNonces.GetValueOrDefault(session);

    private void SetStreamNonce(long session, ulong nonce)
    {
        if (streamNonces.Remove(session))
        {
            digest -= HashStored(Schema.StreamNonces, SelectStreamNonce.Start().With(session));
            DeleteStreamNonce.Start().With(session).Run();
        }

        if (nonce != 0)
        {
            streamNonces.Add(session, nonce);
            digest += writer.Start(Schema.StreamNonces, UpsertStreamNonce).Add(session).Add((long)nonce).Write();
        }
    }

    private void Keep(DeviceTokenFacts token)
    {
        deviceTokens.Add(token.Number, token);
        deviceTokensByHash.Add(token.TokenHash, token.Number);
    }

    private void Write(DeviceTokenFacts token)
    {
        Span<byte> tokenHash = stackalloc byte[TokenHash.Size];
        token.TokenHash.WriteTo(tokenHash);
        digest += writer.Start(Schema.DeviceTokens, UpsertDeviceToken)
            .Add(token.Number).Add(token.Account).AddBlob(tokenHash).AddText(token.Label).Add(token.CreatedAtUs)
            .Add(token.Session).Add(token.UsedAtUs).Write();
        News.DeviceTokens.Add(token.Number);
    }

    private void LoadDeviceTokens()
    {
        var hooks = ReadHooks();
        var read = database.Prepare($"SELECT {DeviceTokenColumns} FROM device_tokens ORDER BY number").Start();
        while (read.Step())
        {
            Keep(new DeviceTokenFacts(
                read.Int64(0), read.Int64(1), TokenHash.From(read.Bytes(2)), read.Text(3), read.Int64(4))
            {
                Session = read.Int64(5),
                UsedAtUs = read.Int64(6),
                Hook = hooks.TryGetValue(read.Int64(0), out var target) ? target : null,
            });
        }

        var nonces = database.Prepare("SELECT session, nonce FROM stream_nonces").Start();
        while (nonces.Step())
        {
            streamNonces.Add(nonces.Int64(0), (ulong)nonces.Int64(1));
        }
    }
}
