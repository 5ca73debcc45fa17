using Parley.Core.Log.V1;

namespace Parley.Server.Guarding;

/// <summary>What settings of the cluster mean where they say 0.</summary>
internal static class GuardSettings
{
    extension(Settings settings)
    {
        public int SendRateOrDefault => Or(settings.SendRatePerSecond, GuardLimits.SendRatePerSecond);

        public int SendBurstOrDefault => Or(settings.SendBurst, GuardLimits.SendBurst);

        public int GuessBurstOrDefault => Or(settings.GuessBurst, GuardLimits.GuessBurst);
    }

    /// <summary>Of a rate, a negative value means no limit.</summary>
    private static int Or(int value, int otherwise) => value == 0 ? otherwise : value;
}
