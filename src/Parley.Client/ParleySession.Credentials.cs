using System.Security.Cryptography;
using Google.Protobuf;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <content>What logs into the account: its password, and device tokens.</content>
public sealed partial class ParleySession
{
    /// <summary>Stores another password and revokes all device tokens; this session goes on.</summary>
    public Task ChangePasswordAsync(string oldPassword, string newPassword, CancellationToken cancellationToken)
    {
        var request = new ChangePasswordRequest { OldPassword = oldPassword, NewPassword = newPassword };
        return walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Credentials.ChangePasswordAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "changing the password", changes: true, cancellationToken);
    }

    /// <summary>Makes a device token; returns its number, and the token, which is nowhere else.</summary>
    /// <param name="password">The account's.</param>
    /// <param name="label">What it is for: 1 to 64 bytes of UTF-8.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<(long Number, string Token)> CreateTokenAsync(
        string password, string label, CancellationToken cancellationToken) =>
        CreateTokenAsync(password, label, "", cancellationToken);

    /// <summary>Makes a hook: a token that logs nobody in, and with which programs post to one target as this account,
    /// by HTTP. Returns its number, and the token, which is nowhere else.</summary>
    /// <param name="password">The account's.</param>
    /// <param name="label">What it is for: 1 to 64 bytes of UTF-8.</param>
    /// <param name="target">A name, or a room's with its '#'.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<(long Number, string Token)> CreateHookAsync(
        string password, string label, string target, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        return CreateTokenAsync(password, label, target, cancellationToken);
    }

    private async Task<(long Number, string Token)> CreateTokenAsync(
        string password, string label, string target, CancellationToken cancellationToken)
    {
        var token = DeviceTokens.Draw();
        var request = new CreateTokenRequest
        {
            Password = password,
            Label = label,
            TokenHash = ByteString.CopyFrom(SHA256.HashData(token)),
            HookTarget = target,
        };
        var created = await walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Credentials.CreateTokenAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "making the device token", changes: true, cancellationToken);
        if (target.Length > 0 && !created.IsHook)
        {
            // What was made would log in, which nobody asked for.
            await RevokeTokenAsync(created.Token, cancellationToken);
            throw new RefusedException(
                "NODES_TOO_OLD", "a node answered that does not know hooks: nothing is left of it; upgrade that node");
        }

        return (created.Token, DeviceTokens.Format(token));
    }

    /// <summary>The account's device tokens, the oldest first.</summary>
    public async Task<IReadOnlyList<DeviceTokenEntry>> ListTokensAsync(CancellationToken cancellationToken)
    {
        var listed = await walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Credentials.ListTokensAsync(new ListTokensRequest(), Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "listing device tokens", changes: false, cancellationToken);
        return
        [
            .. listed.Tokens.Select(token => new DeviceTokenEntry
            {
                Number = token.Number,
                Label = token.Label,
                CreatedAt = Times.OfMicroseconds(token.CreatedAtUs),
                UsedAt = token.UsedAtUs == 0 ? null : Times.OfMicroseconds(token.UsedAtUs),
                Online = token.Online,
                HookTarget = token.IsHook ? token.HookTarget : null,
            }),
        ];
    }

    /// <summary>Ends a device token, and the session that was opened with it, on every node.</summary>
    public Task RevokeTokenAsync(long number, CancellationToken cancellationToken) => walker.CallAsync(
        (node, deadline, cancellation) => UnaryCall.AnswerAsync(
            node.Credentials.RevokeTokenAsync(
                new RevokeTokenRequest { Token = number }, Options(deadline, true, cancellation)),
            walker.Nodes, node, answer => answer.LogIndex),
        "revoking the device token", changes: true, cancellationToken);
}
