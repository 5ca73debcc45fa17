using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Gives an account another password and revokes its device tokens: whoever knew the old one is out. (The
/// session that asks is the account's only one.)</summary>
internal static class ChangePasswordRule
{
    public static Outcome Decide(ChangePassword command, in EntryStamp stamp, IChatFacts facts)
    {
        Invariant.Holds(command.NewPasswordHash.Length is > 0 and <= Limits.PasswordHashBytesMax);
        var refusal = Authority.RefuseWithPassword(
            command.Session, command.OldPasswordHash, facts, out var account);
        if (refusal == Rejection.PasswordChanged
            && string.Equals(account.PasswordHash, command.NewPasswordHash, StringComparison.Ordinal))
        {
            // A second copy, known by its salt: tokens that were made since stay.
            return Outcome.Done.Instance;
        }

        if (refusal != Rejection.None)
        {
            return new Outcome.Rejected(refusal);
        }

        facts.ReplacePasswordHash(account.Number, command.NewPasswordHash);
        facts.RevokeDeviceTokens(account.Number, stamp.TimeUs);
        return Outcome.Done.Instance;
    }
}
