using Parley.Core;

namespace Parley.Server.Guarding;

/// <summary>
/// How long a name has to wait after wrong passwords: by log time, on which all nodes agree, and never longer than its
/// delay by this node's own clock. Log time may have leapt (a majority of the clocks was a day ahead), and then stands
/// still until the clocks are there. Any thread.
/// </summary>
internal sealed class LoginWaits(TimeProvider time)
{
    private readonly Lock gate = new();

    // Names refused here, for what, and since when by the monotonic clock.
    private readonly Dictionary<UInt128, (LoginFailureFacts Failures, long Since)> refused = [];

    /// <summary>What is left; zero: one attempt may be made. Asked at each attempt.</summary>
    /// <param name="nameHash">Whose.</param>
    /// <param name="failures">All that is known of it.</param>
    /// <param name="nowUs">Log time.</param>
    public TimeSpan FindLeft(UInt128 nameHash, LoginFailureFacts failures, long nowUs)
    {
        var delay = LoginFailureFacts.DelayAfter(failures.Count);
        var leftUs = failures.WaitUntilUs - nowUs;
        lock (gate)
        {
            if (leftUs <= 0)
            {
                refused.Remove(nameHash);
                return TimeSpan.Zero;
            }

            if (!refused.TryGetValue(nameHash, out var first) || first.Failures != failures)
            {
                first = (failures, time.GetTimestamp());
                Remember(nameHash, first);
            }

            var left = delay - time.GetElapsedTime(first.Since);
            if (left <= TimeSpan.Zero)
            {
                // Once: where log time stands still and the count is at its end, the next failure looks like this one.
                refused.Remove(nameHash);
                return TimeSpan.Zero;
            }

            // Before it is made a span: a leap may be longer than one can be.
            return leftUs < Microseconds.Of(left) ? TimeSpan.FromMicroseconds(leftUs) : left;
        }
    }

    /// <summary>Of too many, those that waited long enough are forgotten; they would wait once more at most.</summary>
    private void Remember(UInt128 nameHash, (LoginFailureFacts Failures, long Since) first)
    {
        if (refused.Count >= GuardLimits.NamesHeldBackMax)
        {
            foreach (var (name, other) in refused)
            {
                if (time.GetElapsedTime(other.Since) > Limits.LoginDelayMax)
                {
                    refused.Remove(name);
                }
            }
        }

        if (refused.Count < GuardLimits.NamesHeldBackMax)
        {
            refused[nameHash] = first;
        }
    }
}
