using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <content>Invitations, for administrators.</content>
public sealed partial class ParleySession
{
    /// <summary>Makes an invitation; returns its code, which is nowhere else.</summary>
    /// <param name="uses">How many accounts may be made with it, 1 to 1,000.</param>
    /// <param name="lifetime">A second to 365 days.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task<string> CreateInviteAsync(int uses, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var code = InviteCodes.Draw();
        var request = new CreateInviteRequest
        {
            CodeHash = ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes(code))),
            Uses = uses,
            LifetimeMs = (long)lifetime.TotalMilliseconds,
        };
        await walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Administration.CreateInviteAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "making the invitation", changes: true, cancellationToken, Repeat.Remembered);
        return code;
    }

    /// <summary>The invitations with which accounts can still be made, the oldest first.</summary>
    public async IAsyncEnumerable<InviteEntry> ListInvitesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListInvitesRequest { PageSize = Limits.PageSize };
        do
        {
            var page = await walker.CallAsync(
                (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                    node.Administration.ListInvitesAsync(request, Options(deadline, true, cancellation)),
                    walker.Nodes, node, answer => answer.LogIndex),
                "listing the invitations", changes: false, cancellationToken);
            foreach (var invite in page.Invites)
            {
                yield return new InviteEntry
                {
                    Number = invite.Number,
                    Creator = invite.Creator,
                    CreatedAt = Times.OfMicroseconds(invite.CreatedAtUs),
                    ExpiresAt = Times.OfMicroseconds(invite.ExpiresAtUs),
                    UsesLeft = invite.UsesLeft,
                };
            }

            request = new ListInvitesRequest { PageSize = Limits.PageSize, PageToken = page.NextPageToken };
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>Revokes an invitation: no more accounts are made with it.</summary>
    /// <param name="number">As <see cref="InviteEntry.Number"/> has it; <see cref="NotFoundException"/> where there is
    /// none.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task RevokeInviteAsync(long number, CancellationToken cancellationToken)
    {
        var request = new RevokeInviteRequest { Invite = number };
        return walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Administration.RevokeInviteAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "revoking the invitation", changes: true, cancellationToken);
    }
}
