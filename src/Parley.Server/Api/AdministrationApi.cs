using System.Globalization;
using Grpc.Core;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;
using Parley.Server.Consensus;
using Parley.Server.Guarding;
using AccountChange = Parley.Core.Log.V1.AccountChange;

namespace Parley.Server.Api;

/// <summary>What administrators do; that the caller is one, the gate has seen, and <c>Apply</c> decides.</summary>
internal sealed partial class AdministrationApi(
    Proposer proposer,
    StateAccess state,
    LogTime logTime,
    ReadIndexer readIndexer,
    SessionGate sessions,
    PasswordGuard passwords)
    : AdministrationService.AdministrationServiceBase
{
    private const string AuditList = "audit";

    public override async Task<ChangeAccountResponse> ChangeAccount(
        ChangeAccountRequest request, ServerCallContext context)
    {
        var name = AccountNames.Get(request.Name);
        var change = (AccountChange)request.Change;
        if (change == AccountChange.Unspecified || !Enum.IsDefined(change))
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "change: one of AccountChange is expected");
        }

        var passwordHash = change == AccountChange.ResetPassword
            ? await passwords.HashNewAsync(
                name, request.Password, context.GetHttpContext(), context.CancellationToken)
            : "";

        // The name is looked up here: only after this is the number the one that bears it now.
        await readIndexer.WaitAsync(context.CancellationToken);
        var account = state.Directory.FindAccount(name) ?? throw new RefusedException(Reasons.NotFound);
        var command = new LoggedCommand
        {
            ChangeAccount = new ChangeAccount
            {
                Session = Caller.Of(context).Session.Number,
                Account = account.Number,
                Change = change,
                PasswordHash = passwordHash,
            },
        };
        var applied = await proposer.ProposeOrRefuseAsync(command, context.CancellationToken);
        return new ChangeAccountResponse { LogIndex = applied.LogIndex };
    }

    public override async Task<GetSettingsResponse> GetSettings(GetSettingsRequest request, ServerCallContext context)
    {
        await ReadNowAsync(context);
        var logIndex = state.AppliedIndex;
        var (settings, revision) = state.Directory.Current;
        var response = new GetSettingsResponse { Revision = revision, LogIndex = logIndex };
        foreach (var row in SettingsText.Rows)
        {
            response.Settings.Add(new Setting
            {
                Name = row.Name,
                Value = row.Read(settings),
                Expected = row.Expected,
            });
        }

        return response;
    }

    public override async Task<ChangeSettingsResponse> ChangeSettings(
        ChangeSettingsRequest request, ServerCallContext context)
    {
        if (request.Settings.Count is 0 or > ApiLimits.SettingsPerChangeMax)
        {
            throw new RefusedException(
                Reasons.ArgumentInvalid, $"settings: 1 to {ApiLimits.SettingsPerChangeMax} are expected");
        }

        if (request.Settings.DistinctBy(setting => setting.Name, StringComparer.Ordinal).Count()
            != request.Settings.Count)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "settings: each once is expected");
        }

        await ReadNowAsync(context);
        var logIndex = state.AppliedIndex;
        var (settings, revision) = state.Directory.Current;
        if (revision != request.ExpectedRevision)
        {
            throw new RefusedException(Reasons.Of(Rejection.RevisionChanged));
        }

        settings = settings.Clone();
        var summary = string.Join(
            ' ', request.Settings.Select(setting => Change(settings, setting)).Where(text => text.Length > 0));
        if (summary.Length == 0)
        {
            return new ChangeSettingsResponse { LogIndex = logIndex };
        }

        if (summary.Length > Limits.AuditDetailBytesMax)
        {
            // Cut, it would hide the rest of what was done.
            throw new RefusedException(
                Reasons.ArgumentInvalid,
                $"settings: changes that the audit can say in {Limits.AuditDetailBytesMax} bytes are expected; "
                + "change some of them, and then the others");
        }

        var command = new LoggedCommand
        {
            ChangeSettings = new ChangeSettings
            {
                ExpectedRevision = revision,
                Settings = settings,
                Session = Caller.Of(context).Session.Number,
                Summary = summary,
            },
        };
        var applied = await proposer.ProposeOrRefuseAsync(command, context.CancellationToken);
        return new ChangeSettingsResponse { LogIndex = applied.LogIndex };
    }

    public override async Task<ListAuditResponse> ListAudit(ListAuditRequest request, ServerCallContext context)
    {
        var caller = Caller.Of(context);
        var size = PageSize.Get(request.PageSize);
        var before = long.MaxValue;
        if (request.PageToken.Length > 0)
        {
            before = PageToken.ParseNumber(AuditList, caller.Session.Account, request.PageToken);
        }

        await ReadNowAsync(context);
        var logIndex = state.AppliedIndex;
        var found = state.Read(reader => reader.ReadAudit(before, size + 1));
        var response = new ListAuditResponse { LogIndex = logIndex };
        foreach (var act in found.Take(size))
        {
            response.Acts.Add(new AuditedAct
            {
                LogIndex = act.LogIndex,
                AtUs = act.AtUs,
                Actor = act.Actor,
                Act = (AuditAct)act.Act,
                Subject = act.Subject,
                Detail = act.Detail,
            });
        }

        if (found.Count > size)
        {
            response.NextPageToken = PageToken.Format(
                AuditList,
                caller.Session.Account,
                response.Acts[^1].LogIndex.ToString(CultureInfo.InvariantCulture));
        }

        return response;
    }

    /// <summary>What the audit says of it; empty: it was so already.</summary>
    private static string Change(Settings settings, Setting wanted)
    {
        var before = settings.Clone();
        var row = SettingsText.Find(wanted.Name)
            ?? throw new RefusedException(
                Reasons.ArgumentInvalid,
                $"settings: one of {string.Join(", ", SettingsText.Rows.Select(each => each.Name))} is expected");
        if (!row.TryWrite(settings, wanted.Value))
        {
            throw new RefusedException(Reasons.ArgumentInvalid, $"{row.Name}: {row.Expected} expected");
        }

        return settings.Equals(before) ? "" : $"{row.Name}={row.Read(settings)}";
    }

    /// <summary>What was answered before this is in what is read after it, and the caller is still who it was.
    /// </summary>
    private async Task ReadNowAsync(ServerCallContext context)
    {
        await readIndexer.WaitAsync(context.CancellationToken);
        sessions.CheckStillAdministrator(Caller.Of(context));
    }
}
