using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;
using Parley.Server.Consensus;
using Parley.Server.Guarding;

namespace Parley.Server.Api;

/// <summary>Sessions: log in and out, and numbers for further clients of a session.</summary>
internal sealed class SessionApi(
    Proposer proposer, StateAccess state, ReadIndexer readIndexer, PasswordGuard passwords)
    : SessionService.SessionServiceBase
{
    /// <summary>How often a login is verified anew because the password's hash was replaced meanwhile.</summary>
    private const int AttemptsMax = 3;

    public override async Task<LoginResponse> Login(LoginRequest request, ServerCallContext context)
    {
        if (request.Token.Length != ApiLimits.TokenBytes)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "token: 32 bytes are expected");
        }

        var leaseMs = GetLeaseMs(request.LeaseMs);
        for (var attempt = 1; ; attempt++)
        {
            var login = request.DeviceToken.IsEmpty
                ? await WithPasswordAsync(request, context)
                : await WithDeviceTokenAsync(request, context);
            login.Command.TokenHash = ByteString.CopyFrom(SHA256.HashData(request.Token.Span));
            login.Command.TakeOver = request.TakeOver;
            login.Command.LeaseMs = leaseMs;
            var applied = await proposer.ProposeAsync(
                new LoggedCommand { Login = login.Command }, context.CancellationToken);
            switch (applied.Outcome)
            {
                case Outcome.LoggedIn loggedIn:
                    if (login.Command.DeviceTokenHash.IsEmpty)
                    {
                        passwords.LoggedIn(login.Name);
                    }

                    context.GetHttpContext().Features.Get<GuardedConnection>()?.Prove(login.Command.Account);
                    return ToResponse(login.Name, loggedIn, applied.LogIndex);
                case Outcome.Rejected { Reason: Rejection.PasswordChanged } when attempt < AttemptsMax:
                    continue;
                case Outcome.Rejected { Reason: Rejection.NotFound }:
                    throw new RefusedException(Reasons.WrongCredentials);
                case Outcome.Rejected rejected:
                    throw new RefusedException(Reasons.Of(rejected.Reason));
                default:
                    throw new InvariantBrokenException("a login has no other outcome");
            }
        }
    }

    public override async Task<LogoutResponse> Logout(LogoutRequest request, ServerCallContext context)
    {
        var command = new LoggedCommand
        {
            Logout = new Logout
            {
                Session = Caller.Of(context).Session.Number,
                OutboxEmpty = request.OutboxEmpty,
            },
        };
        var applied = await proposer.ProposeOrRefuseAsync(command, context.CancellationToken);
        return new LogoutResponse { LogIndex = applied.LogIndex };
    }

    public override async Task<OpenClientResponse> OpenClient(OpenClientRequest request, ServerCallContext context)
    {
        if (request.RequestId.Length != ApiLimits.RequestIdBytes)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "request_id: 16 bytes are expected");
        }

        var command = new LoggedCommand
        {
            OpenClient = new OpenClient
            {
                Session = Caller.Of(context).Session.Number,
                RequestId = request.RequestId,
            },
        };
        var applied = await proposer.ProposeOrRefuseAsync(command, context.CancellationToken);
        var opened = applied.Expect<Outcome.ClientOpened>();
        return new OpenClientResponse
        {
            Client = opened.Client,
            LastCounter = opened.LastCounter,
            LogIndex = applied.LogIndex,
        };
    }

    private static long GetLeaseMs(long asked)
    {
        var leaseMs = asked == 0 ? (long)Limits.LeaseDefault.TotalMilliseconds : asked;
        return leaseMs >= Limits.LeaseMin.TotalMilliseconds && leaseMs <= Limits.LeaseMax.TotalMilliseconds
            ? leaseMs
            : throw new RefusedException(Reasons.ArgumentInvalid, "lease_ms: 0, or 1000 to 2592000000 is expected");
    }

    private static LoginResponse ToResponse(string name, Outcome.LoggedIn loggedIn, long logIndex) => new()
    {
        Name = name,
        Session = loggedIn.Session,
        Client = loggedIn.Client,
        LastCounter = loggedIn.LastCounter,
        LastStream = loggedIn.LastStream,
        LogIndex = logIndex,
    };

    private async Task<(string Name, Login Command)> WithPasswordAsync(LoginRequest request, ServerCallContext context)
    {
        var name = AccountNames.Get(request.Name);

        // Always, not only for unknown names: the time must not tell which names are known, and the hash is current.
        await readIndexer.WaitAsync(context.CancellationToken);
        var account = state.Directory.FindAccount(name);
        var http = context.GetHttpContext();
        var verdict = await passwords.VerifyAsync(
            name, account, request.Password, http, context.CancellationToken);
        var address = CallerAddress.Of(http.Connection.RemoteIpAddress);
        return (name, new Login
        {
            Account = account!.Number,
            PasswordHash = account.PasswordHash,
            NewPasswordHash = verdict.NewHash,
            AddressHash = ByteString.CopyFrom(address.HashFor(account.Number)),
        });
    }

    /// <summary>256 random bits are not guessed: nothing holds back who tries.</summary>
    private async Task<(string Name, Login Command)> WithDeviceTokenAsync(
        LoginRequest request, ServerCallContext context)
    {
        if (request.DeviceToken.Length != ApiLimits.TokenBytes)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "device_token: 32 bytes are expected");
        }

        var asked = request.Name.Length == 0 ? null : AccountNames.Get(request.Name);
        await readIndexer.WaitAsync(context.CancellationToken);
        var hash = SHA256.HashData(request.DeviceToken.Span);
        var account = state.Directory.Credentials.FindToken(hash) is { Hook: null } token
            ? state.Directory.FindAccount(token.Account)
            : null;
        return account is null || (asked is not null && !string.Equals(asked, account.Name, StringComparison.Ordinal))
            ? throw new RefusedException(Reasons.WrongCredentials)
            : (account.Name, new Login
            {
                Account = account.Number,
                DeviceTokenHash = ByteString.CopyFrom(hash),
            });
    }
}
