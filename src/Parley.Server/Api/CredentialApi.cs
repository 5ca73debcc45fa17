using System.Text;
using Grpc.Core;
using Parley.Core;
using Parley.Core.Facts;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;
using Parley.Server.Consensus;
using Parley.Server.Guarding;

namespace Parley.Server.Api;

/// <summary>What logs into the caller's account: its password, and device tokens.</summary>
internal sealed class CredentialApi(
    Proposer proposer, StateAccess state, ReadIndexer readIndexer, SessionGate sessions, PasswordGuard passwords)
    : CredentialService.CredentialServiceBase
{
    public override async Task<ChangePasswordResponse> ChangePassword(
        ChangePasswordRequest request, ServerCallContext context)
    {
        var account = await GetAccountAsync(context);
        PasswordGuard.CheckNew(account.Name, request.NewPassword);

        // Where the old one is wrong and the new one right, an earlier attempt was done and its answer lost. It is done
        // again: whoever is answered has the new password, and no device token from before.
        var http = context.GetHttpContext();
        await passwords.VerifyEitherAsync(
            account, request.OldPassword, request.NewPassword, http, context.CancellationToken);
        var newHash = await passwords.HashNewAsync(
            account.Name, request.NewPassword, http, context.CancellationToken);
        var command = new ChangePassword
        {
            Session = Caller.Of(context).Session.Number,
            OldPasswordHash = account.PasswordHash,
            NewPasswordHash = newHash,
        };
        var applied = await proposer.ProposeOrRefuseAsync(
            new LoggedCommand { ChangePassword = command }, context.CancellationToken);
        return new ChangePasswordResponse { LogIndex = applied.LogIndex };
    }

    public override async Task<CreateTokenResponse> CreateToken(CreateTokenRequest request, ServerCallContext context)
    {
        if (request.TokenHash.Length != SessionToken.HashBytes)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "token_hash: 32 bytes are expected");
        }

        if (string.IsNullOrWhiteSpace(request.Label)
            || Encoding.UTF8.GetByteCount(request.Label) > Limits.TokenLabelBytesMax)
        {
            throw new RefusedException(Reasons.LabelInvalid);
        }

        var account = await GetAccountAsync(context);
        await VerifyAsync(account, request.Password, context);
        var target = FindTarget(request.HookTarget); // After the password: it tells whether a room is there.
        var command = new CreateToken
        {
            Session = Caller.Of(context).Session.Number,
            PasswordHash = account.PasswordHash,
            TokenHash = request.TokenHash,
            Label = request.Label,
            Recipient = target.Recipient,
            Room = target.Room,
        };
        var applied = await proposer.ProposeOrRefuseAsync(
            new LoggedCommand { CreateToken = command }, context.CancellationToken);
        return new CreateTokenResponse
        {
            Token = applied.Expect<Outcome.TokenCreated>().Token,
            LogIndex = applied.LogIndex,
            IsHook = request.HookTarget.Length > 0,
        };
    }

    public override async Task<ListTokensResponse> ListTokens(ListTokensRequest request, ServerCallContext context)
    {
        var account = await GetAccountAsync(context);
        var response = new ListTokensResponse { LogIndex = state.AppliedIndex };
        response.Tokens.Add(state.Directory.Credentials.ListTokens(account.Number).Select(ToToken));
        return response;
    }

    public override async Task<RevokeTokenResponse> RevokeToken(RevokeTokenRequest request, ServerCallContext context)
    {
        var command = new RevokeToken
        {
            Session = Caller.Of(context).Session.Number,
            Token = request.Token,
        };
        var applied = await proposer.ProposeOrRefuseAsync(
            new LoggedCommand { RevokeToken = command }, context.CancellationToken);
        return new RevokeTokenResponse { LogIndex = applied.LogIndex };
    }

    private DeviceToken ToToken(DeviceTokenFacts token) => new()
    {
        Number = token.Number,
        Label = token.Label,
        CreatedAtUs = token.CreatedAtUs,
        UsedAtUs = token.UsedAtUs,
        Online = token.Session != 0 && state.Directory.FindSession(token.Session) is not null,
        IsHook = token.Hook is not null,
        HookTarget = token.Hook is { } target ? NameOf(target) : "",
    };

    /// <summary>Neither, for a device token.</summary>
    private MessageTarget FindTarget(string name)
    {
        if (name.Length == 0)
        {
            return default;
        }

        if (state.StateVersion < StateVersions.Hooks)
        {
            throw new RefusedException(Reasons.NodesTooOld);
        }

        var stored = RoomNames.FindTarget(name) ?? throw new RefusedException(Reasons.NameInvalid);
        MessageTarget target = RoomNames.IsRoom(stored)
            ? new(0, state.Directory.Rooms.FindNumber(stored) ?? 0)
            : new(state.Directory.FindAccount(stored)?.Number ?? 0, 0);
        return target != default ? target : throw new RefusedException(Reasons.NotFound);
    }

    private string NameOf(in MessageTarget target) => target.Room != 0
        ? state.Directory.Rooms.Find(target.Room) is { } room ? RoomNames.Format(room.Name) : ""
        : state.Directory.FindAccount(target.Recipient)?.Name ?? "";

    /// <summary>The caller's account as everybody knows it now: an older hash would be refused by Apply.</summary>
    private async Task<AccountFacts> GetAccountAsync(ServerCallContext context)
    {
        await readIndexer.WaitAsync(context.CancellationToken);
        var caller = Caller.Of(context);
        sessions.CheckStillLive(caller);
        return state.Directory.FindAccount(caller.Session.Account)
            ?? throw new RefusedException(Reasons.SessionEnded);
    }

    private Task<PasswordVerdict> VerifyAsync(AccountFacts account, string password, ServerCallContext context) =>
        passwords.VerifyAsync(account.Name, account, password, context.GetHttpContext(), context.CancellationToken);
}
