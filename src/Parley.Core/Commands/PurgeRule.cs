using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Drops what retention lets go, as far as the leader asked and not further, and forgets what is outlived.
/// </summary>
internal static class PurgeRule
{
    public static Outcome Decide(Purge command, in EntryStamp stamp, IChatFacts facts)
    {
        var rowsLeft = Limits.PurgeRowsMax;
        foreach (var cut in command.Cuts)
        {
            if (rowsLeft > 0 && facts.FindConversation(cut.Conversation) is { } conversation)
            {
                var settledUntilUs = conversation.IsRoom
                    ? facts.GetRoomRetention(cut.Conversation, stamp.TimeUs)
                    : facts.Settings.SettledUntilUs(stamp.TimeUs);
                var through = Math.Min(cut.Sequence, facts.GetSettledSequence(cut.Conversation, settledUntilUs));
                rowsLeft -= facts.DropMessages(cut.Conversation, through, rowsLeft);
            }
        }

        if (command.ForgetExpired)
        {
            facts.ForgetExpired(
                stamp.TimeUs - Microseconds.Of(Limits.RequestMemory),
                stamp.TimeUs - Microseconds.Of(Limits.ClientMemory),
                Limits.PurgeRowsMax);
            facts.ForgetInvites(stamp.TimeUs - Microseconds.Of(Limits.RequestMemory));
            facts.ForgetRoomRequests(stamp.TimeUs - Microseconds.Of(Limits.RequestMemory), Limits.PurgeRowsMax);
            facts.ForgetRevokedTokens(stamp.TimeUs - Microseconds.Of(Limits.RequestMemory), Limits.PurgeRowsMax);
        }

        return Outcome.Done.Instance;
    }
}
