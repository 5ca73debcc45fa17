using Parley.Core.Facts;

namespace Parley.Core.Commands;

/// <summary>The bound on an account's remembered clients, for the rules that add one.</summary>
internal static class ClientRoom
{
    /// <summary>True when one more fits; at the bound those go first whose memory has run out, then one of those that
    /// ended. What an outbox repeats under a number that is forgotten is refused and told as unknown, never stored
    /// twice.</summary>
    public static bool Has(long account, in EntryStamp stamp, IChatFacts facts)
    {
        if (facts.CountClients(account) < Limits.ClientsPerAccountMax)
        {
            return true;
        }

        facts.ForgetClients(account, stamp.TimeUs - Microseconds.Of(Limits.ClientMemory));
        return facts.CountClients(account) < Limits.ClientsPerAccountMax
            || (facts.StateVersion >= StateVersions.ClientRoom && facts.ForgetEndedClient(account));
    }
}
