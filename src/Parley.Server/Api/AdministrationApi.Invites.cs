using System.Globalization;
using Grpc.Core;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;

namespace Parley.Server.Api;

/// <content>Invitations: made, listed, revoked.</content>
internal sealed partial class AdministrationApi
{
    private const string InviteList = "invites";

    public override async Task<CreateInviteResponse> CreateInvite(
        CreateInviteRequest request, ServerCallContext context)
    {
        if (request.CodeHash.Length != SessionToken.HashBytes)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "code_hash: 32 bytes are expected");
        }

        if (request.Uses is < 0 or > Limits.InviteUsesMax)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, $"uses: 0 to {Limits.InviteUsesMax} is expected");
        }

        var command = new LoggedCommand
        {
            CreateInvite = new CreateInvite
            {
                Session = Caller.Of(context).Session.Number,
                CodeHash = request.CodeHash,
                Uses = Math.Max(1, request.Uses),
                LifetimeMs = GetLifetimeMs(request.LifetimeMs),
            },
        };
        var applied = await proposer.ProposeOrRefuseAsync(command, context.CancellationToken);
        return new CreateInviteResponse { LogIndex = applied.LogIndex };
    }

    public override async Task<ListInvitesResponse> ListInvites(ListInvitesRequest request, ServerCallContext context)
    {
        var account = Caller.Of(context).Session.Account;
        var size = PageSize.Get(request.PageSize);
        var after = request.PageToken.Length == 0
            ? 0
            : PageToken.ParseNumber(InviteList, account, request.PageToken);
        await ReadNowAsync(context);

        var logIndex = state.AppliedIndex;
        var nowUs = logTime.NowUs;
        var found = state.Read(reader => reader.ListInvites(after, nowUs, size + 1));
        var response = new ListInvitesResponse { LogIndex = logIndex };
        response.Invites.AddRange(found.Take(size).Select(ToInvite));
        if (found.Count > size)
        {
            response.NextPageToken = PageToken.Format(
                InviteList, account, found[size - 1].Number.ToString(CultureInfo.InvariantCulture));
        }

        return response;
    }

    public override async Task<RevokeInviteResponse> RevokeInvite(
        RevokeInviteRequest request, ServerCallContext context)
    {
        // Not before every node of the cluster knows the command: one that does not would have to stop.
        if (state.StateVersion < StateVersions.RevokedInvites)
        {
            throw new RefusedException(Reasons.NodesTooOld);
        }

        var command = new LoggedCommand
        {
            RevokeInvite = new RevokeInvite
            {
                Session = Caller.Of(context).Session.Number,
                Invite = request.Invite,
            },
        };
        var applied = await proposer.ProposeOrRefuseAsync(command, context.CancellationToken);
        return new RevokeInviteResponse { LogIndex = applied.LogIndex };
    }

    private static long GetLifetimeMs(long asked)
    {
        var lifetime = asked == 0 ? ApiLimits.InviteLifetimeDefault.TotalMilliseconds : asked;
        return lifetime >= Limits.InviteLifetimeMin.TotalMilliseconds
            && lifetime <= Limits.InviteLifetimeMax.TotalMilliseconds
            ? (long)lifetime
            : throw new RefusedException(
                Reasons.ArgumentInvalid, "lifetime_ms: 0, or 1000 to 31536000000 is expected");
    }

    private Invite ToInvite(InvitePicture invite) => new()
    {
        Number = invite.Number,
        Creator = state.Directory.FindAccount(invite.Creator)?.Name ?? "",
        CreatedAtUs = invite.CreatedAtUs,
        ExpiresAtUs = invite.ExpiresAtUs,
        UsesLeft = invite.UsesLeft,
    };
}
