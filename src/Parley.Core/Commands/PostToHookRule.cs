using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Stores what came to a hook once for its key, as a message of the hook's account.</summary>
/// <remarks>
/// The hook first, then the key: a remembered one gets its first outcome, or is told that its text was another. A
/// refusal is not remembered: who is refused may repeat the key until it is stored.
/// </remarks>
internal static class PostToHookRule
{
    private const ulong OnlyCounter = 1;

    public static Outcome Decide(PostToHook command, in EntryStamp stamp, IChatFacts facts)
    {
        if (facts.FindDeviceToken(command.Hook) is not { Hook: { } target } hook
            || facts.FindAccount(hook.Account) is not { DisabledAtUs: 0 })
        {
            return new Outcome.Rejected(Rejection.HookEnded);
        }

        var keyHash = Bytes16.From(command.KeyHash.Span);
        var contentHash = Bytes16.From(command.ContentHash.Span);
        if (facts.FindHookKey(hook.Number, keyHash) is { } known)
        {
            var remembered = facts.FindOutcome(known.Number, OnlyCounter);
            Invariant.Holds(remembered is not null, "what a key stored is remembered as long as the key");
            return remembered.Value.ContentHash == contentHash
                ? remembered.Value.Outcome
                : new Outcome.Rejected(Rejection.MessageIdReused);
        }

        var refusal = SendMessageRule.Refuse(target, hook.Account, command.Text, facts);
        if (refusal == Rejection.None && facts.CountHookKeys(hook.Number) >= Limits.HookKeysMax)
        {
            refusal = Rejection.TooManyKeys;
        }

        if (refusal != Rejection.None)
        {
            return new Outcome.Rejected(refusal);
        }

        var client = facts.AddHookKey(hook.Number, keyHash, stamp.TimeUs);
        var identity = new SendIdentity(client, OnlyCounter, contentHash);
        return SendMessageRule.Store(identity, target, hook.Account, command.Text, stamp, facts);
    }

    /// <summary>Why an account may not make a hook that posts there; none when it may.</summary>
    public static Rejection RefuseTarget(in MessageTarget target, long account, IChatFacts facts) => target.Room != 0
        ? RoomAuthority.Enter(target.Room, account, facts, out _, out _)
        : facts.FindAccount(target.Recipient) is null ? Rejection.NotFound : Rejection.None;
}
