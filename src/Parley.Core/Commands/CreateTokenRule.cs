using System.Text;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Makes a device token, for who knows the account's password: who has only a token makes no further one.
/// </summary>
internal static class CreateTokenRule
{
    public static Outcome Decide(CreateToken command, in EntryStamp stamp, IChatFacts facts)
    {
        Invariant.Holds(Encoding.UTF8.GetByteCount(command.Label) is > 0 and <= Limits.TokenLabelBytesMax);
        if (facts.FindLiveSession(command.Session) is not { } session)
        {
            return new Outcome.Rejected(Rejection.SessionEnded);
        }

        var tokenHash = TokenHash.From(command.TokenHash.Span);
        MessageTarget? hook = command is { Recipient: 0, Room: 0 } ? null : new(command.Recipient, command.Room);
        if (facts.FindDeviceToken(tokenHash) is { } known && known.Account == session.Account && known.Hook == hook)
        {
            return new Outcome.TokenCreated(known.Number);
        }

        var refusal = hook is { } target ? PostToHookRule.RefuseTarget(target, session.Account, facts) : Rejection.None;
        if (refusal != Rejection.None)
        {
            return new Outcome.Rejected(refusal);
        }

        refusal = Authority.RefuseWithPassword(command.Session, command.PasswordHash, facts, out var account);
        if (refusal != Rejection.None)
        {
            return new Outcome.Rejected(refusal);
        }

        // A late copy of what made a token does not bring it back once it was revoked.
        var outlivedUs = stamp.TimeUs - Microseconds.Of(Limits.RequestMemory);
        if (facts.FindDeviceToken(tokenHash) is not null || facts.FindRevocation(tokenHash) > outlivedUs)
        {
            return new Outcome.Rejected(Rejection.RequestIdReused);
        }

        if (facts.CountDeviceTokens(account.Number) >= Limits.TokensPerAccountMax
            || !HasRoomForRevoked(account.Number, outlivedUs, facts))
        {
            return new Outcome.Rejected(Rejection.TooManyTokens);
        }

        facts.AddDeviceToken(
            new DeviceTokenFacts(stamp.Index, account.Number, tokenHash, command.Label, stamp.TimeUs) { Hook = hook });
        return new Outcome.TokenCreated(stamp.Index);
    }

    /// <summary>What is made is revoked some day, and then remembered.</summary>
    private static bool HasRoomForRevoked(long account, long outlivedUs, IChatFacts facts)
    {
        if (facts.CountRevokedTokens(account) < Limits.RevokedTokensPerAccountMax)
        {
            return true;
        }

        facts.ForgetRevokedTokens(account, outlivedUs);
        return facts.CountRevokedTokens(account) < Limits.RevokedTokensPerAccountMax;
    }
}
