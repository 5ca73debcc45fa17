using Grpc.Core;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;
using Parley.Server.Consensus;
using Parley.Server.Guarding;
using Parley.Server.Hosting;
using Parley.Server.Presence;

namespace Parley.Server.Api;

/// <summary>Accounts: create, delete, list, and who is there.</summary>
internal sealed class AccountApi(
    Proposer proposer,
    StateAccess state,
    ReadIndexer readIndexer,
    SessionGate sessions,
    PasswordGuard passwords,
    PresenceLookup presence,
    ServerOptions options)
    : AccountService.AccountServiceBase
{
    public override async Task<CreateAccountResponse> CreateAccount(
        CreateAccountRequest request, ServerCallContext context)
    {
        if (request.RequestId.Length != ApiLimits.RequestIdBytes)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "request_id: 16 bytes are expected");
        }

        var name = AccountNames.Get(request.Name);
        CheckSettingsAreThere();
        var command = new LoggedCommand
        {
            CreateAccount = new CreateAccount
            {
                RequestId = request.RequestId,
                Name = name,
                PasswordHash = await passwords.HashFirstAsync(
                    name, request.Password, context.GetHttpContext(), context.CancellationToken),
                InviteHash = InviteCode.Hash(request.Invite),
            },
        };
        var applied = await proposer.ProposeOrRefuseAsync(command, context.CancellationToken);
        passwords.Created(context.GetHttpContext());
        return new CreateAccountResponse
        {
            Name = applied.Expect<Outcome.AccountCreated>().Name,
            LogIndex = applied.LogIndex,
        };
    }

    public override async Task<DeleteAccountResponse> DeleteAccount(
        DeleteAccountRequest request, ServerCallContext context)
    {
        var session = Caller.Of(context).Session;
        var account = state.Directory.FindAccount(session.Account)
            ?? throw new RefusedException(Reasons.SessionEnded);
        await passwords.VerifyAsync(
            account.Name, account, request.Password, context.GetHttpContext(), context.CancellationToken);
        var command = new LoggedCommand
        {
            DeleteAccount = new DeleteAccount { Account = account.Number, Session = session.Number },
        };
        var applied = await proposer.ProposeOrRefuseAsync(command, context.CancellationToken);
        return new DeleteAccountResponse { LogIndex = applied.LogIndex };
    }

    public override async Task<ListAccountsResponse> ListAccounts(
        ListAccountsRequest request, ServerCallContext context)
    {
        var caller = Caller.Of(context);
        var pattern = AccountNames.GetPattern(request.Pattern);
        var size = PageSize.Get(request.PageSize);
        var list = $"accounts {pattern}";
        var afterName = request.PageToken.Length == 0
            ? ""
            : PageToken.Parse(list, caller.Session.Account, request.PageToken);
        if (caller.SeenIndex is null)
        {
            await readIndexer.WaitAsync(context.CancellationToken);
            sessions.CheckStillLive(caller);
        }

        // One more than wanted tells whether there is a next page. The index before the read: not more than it saw.
        var logIndex = state.AppliedIndex;
        var found = state.Read(reader => reader.ListAccounts(pattern, afterName, size + 1));
        var isForAdministrator = state.Directory.FindAccount(caller.Session.Account) is { IsAdministrator: true };
        var response = new ListAccountsResponse { LogIndex = logIndex };
        foreach (var account in found.Take(size))
        {
            response.Accounts.Add(ToAccount(account, isForAdministrator));
        }

        if (found.Count > size)
        {
            response.NextPageToken = PageToken.Format(list, caller.Session.Account, response.Accounts[^1].Name);
        }

        return response;
    }

    public override Task<GetPresenceResponse> GetPresence(GetPresenceRequest request, ServerCallContext context)
    {
        if (request.Names.Count is 0 or > ApiLimits.PresenceNamesMax)
        {
            throw new RefusedException(
                Reasons.ArgumentInvalid, $"names: 1 to {ApiLimits.PresenceNamesMax} are expected");
        }

        var names = request.Names.Select(AccountNames.Get).ToList();
        var response = new GetPresenceResponse { LogIndex = state.AppliedIndex };
        response.People.AddRange(presence.Find(Caller.Of(context).Session.Account, names));
        return Task.FromResult(response);
    }

    private static Account ToAccount(AccountFacts account, bool isForAdministrator)
    {
        var answer = new Account
        {
            Name = account.Name,
            Online = account.LiveSession != 0,
            CreatedAtUs = account.CreatedAtUs,
        };
        if (isForAdministrator)
        {
            answer.Role = (Parley.Protocol.Chat.V1.AccountRole)account.Role;
            answer.Disabled = account.DisabledAtUs != 0;
        }

        return answer;
    }

    /// <summary>A cluster that was started to let in by invitation lets nobody in before it knows that.</summary>
    private void CheckSettingsAreThere()
    {
        var isOpen = RegistrationText.FirstOf(options) is Registration.Unspecified or Registration.Open;
        if (!isOpen && state.Directory.SettingsRevision == 0)
        {
            throw new RefusedException(Reasons.NotServing);
        }
    }
}
