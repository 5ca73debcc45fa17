using System.Buffers.Text;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Parley.Client;
using Parley.Protocol.Chat.V1;
using Setting = Parley.Verbs.Verify.People.Setting;

namespace Parley.Verbs.Verify.Faults;

/// <summary>Sessions without the client library, for clients that behave as none of it would.</summary>
internal static class RawSession
{
    private static readonly TimeSpan CallMax = TimeSpan.FromSeconds(10);

    /// <summary>Creates an account under a name of its own that begins so, and opens a session for it.</summary>
    /// <returns>The session's token.</returns>
    public static async Task<ByteString> OpenAsync(
        Setting setting, GrpcChannel channel, string founder, string name, CancellationToken cancellationToken)
    {
        await using var client = new ParleyClient(setting.Client);
        var unique = $"{name}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        await setting.CreateAsync(client, founder, unique, cancellationToken);
        return await LoginAsync(channel, unique, cancellationToken);
    }

    /// <summary>Opens a session; returns its token.</summary>
    public static async Task<ByteString> LoginAsync(
        GrpcChannel channel, string name, CancellationToken cancellationToken)
    {
        var token = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32));
        await new SessionService.SessionServiceClient(channel).LoginAsync(
            new() { Name = name, Password = Setting.Password, Token = token },
            new CallOptions(deadline: DeadlineIn(CallMax), cancellationToken: cancellationToken));
        return token;
    }

    /// <summary>Of a call in that session.</summary>
    public static CallOptions Options(ByteString token, TimeSpan deadline, CancellationToken cancellationToken) =>
        new(Head(token), DeadlineIn(deadline), cancellationToken);

    /// <summary>The metadata of a call in that session.</summary>
    public static Metadata Head(ByteString token) =>
        new() { { "authorization", $"Bearer {Base64Url.EncodeToString(token.Span)}" } };

    private static DateTime DeadlineIn(TimeSpan time) => TimeProvider.System.GetUtcNow().UtcDateTime + time;
}
