using System.Runtime.CompilerServices;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <content>What administrators do; anybody else is refused with NOT_ALLOWED.</content>
public sealed partial class ParleySession
{
    /// <summary>Changes another's account.</summary>
    /// <param name="name">Whose.</param>
    /// <param name="change">What.</param>
    /// <param name="password">The new one, with <see cref="AccountAct.ResetPassword"/> alone.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task ChangeAccountAsync(
        string name, AccountAct change, string? password, CancellationToken cancellationToken)
    {
        var request = new ChangeAccountRequest
        {
            Name = name,
            Change = (AccountChange)change,
            Password = password ?? "",
        };
        return walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Administration.ChangeAccountAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "changing the account", changes: true, cancellationToken);
    }

    /// <summary>Reads the cluster's settings.</summary>
    public async Task<ClusterSettings> GetSettingsAsync(CancellationToken cancellationToken)
    {
        var answer = await walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Administration.GetSettingsAsync(new GetSettingsRequest(), Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "reading the settings", changes: false, cancellationToken);
        return new ClusterSettings(
            answer.Revision,
            [.. answer.Settings.Select(each => new ClusterSetting(each.Name, each.Value, each.Expected))]);
    }

    /// <summary>Changes one of the cluster's settings, unless somebody changed any since that revision
    /// (<see cref="ConflictException"/>, REVISION_CHANGED).</summary>
    public Task ChangeSettingAsync(
        long expectedRevision, string name, string value, CancellationToken cancellationToken)
    {
        var request = new ChangeSettingsRequest
        {
            ExpectedRevision = expectedRevision,
            Settings = { new Setting { Name = name, Value = value } },
        };
        return walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Administration.ChangeSettingsAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "changing the settings", changes: true, cancellationToken);
    }

    /// <summary>What administrators did, the newest first.</summary>
    public async IAsyncEnumerable<AuditEntry> ListAuditAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListAuditRequest { PageSize = Limits.PageSize };
        do
        {
            var page = await walker.CallAsync(
                (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                    node.Administration.ListAuditAsync(request, Options(deadline, true, cancellation)),
                    walker.Nodes, node, answer => answer.LogIndex),
                "reading the audit", changes: false, cancellationToken);
            foreach (var act in page.Acts)
            {
                yield return new AuditEntry
                {
                    LogIndex = act.LogIndex,
                    At = Times.OfMicroseconds(act.AtUs),
                    Actor = act.Actor,
                    Act = AuditEntry.NameOf(act.Act),
                    Subject = act.Subject,
                    Detail = act.Detail,
                };
            }

            request = new ListAuditRequest { PageSize = Limits.PageSize, PageToken = page.NextPageToken };
        }
        while (request.PageToken.Length > 0);
    }
}
