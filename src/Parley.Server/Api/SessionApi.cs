using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;
using Parley.Server.Consensus;

namespace Parley.Server.Api;

/// <summary>Sessions: log in and out, and numbers for further clients of a session.</summary>
internal sealed class SessionApi(
    Proposer proposer, StateAccess state, ReadIndexer readIndexer, PasswordHasher passwords)
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

        var name = AccountNames.Get(request.Name);
        var leaseMs = GetLeaseMs(request.LeaseMs);
        for (var attempt = 1; ; attempt++)
        {
            var applied = await LogInAsync(name, request, leaseMs, context.CancellationToken);
            switch (applied.Outcome)
            {
                case Outcome.LoggedIn loggedIn:
                    return ToResponse(name, loggedIn, applied.LogIndex);
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

    private async Task<AppliedCommand> LogInAsync(
        string name, LoginRequest request, long leaseMs, CancellationToken cancellationToken)
    {
        // Always, not only for unknown names: the time must not tell which names are known, and the hash is current.
        await readIndexer.WaitAsync(cancellationToken);
        var account = state.Directory.FindAccount(name);
        var verdict = await passwords.VerifyAsync(request.Password, account?.PasswordHash, cancellationToken);
        if (account is null || !verdict.IsRight)
        {
            throw new RefusedException(Reasons.WrongCredentials);
        }

        var command = new LoggedCommand
        {
            Login = new Login
            {
                Account = account.Number,
                PasswordHash = account.PasswordHash,
                TokenHash = ByteString.CopyFrom(SHA256.HashData(request.Token.Span)),
                TakeOver = request.TakeOver,
                LeaseMs = leaseMs,
                NewPasswordHash = verdict.NewHash,
            },
        };
        return await proposer.ProposeAsync(command, cancellationToken);
    }
}
