using Parley.Core.Log.V1;
using Parley.Server.Guarding;

namespace Parley.Server.Api;

/// <summary>How many messages a second an account may send through this node.</summary>
internal sealed class SendRates(TimeProvider time)
{
    private readonly RateBuckets<long> buckets = new(time);

    /// <summary>Takes one message out of the account's bucket.</summary>
    /// <returns>Zero: it may go; else it was not taken, and this long from now it could be.</returns>
    public TimeSpan Take(long account, Settings settings) => settings.SendRatePerSecond < 0
        ? TimeSpan.Zero
        : buckets.Take(account, settings.SendRateOrDefault, settings.SendBurstOrDefault);
}
