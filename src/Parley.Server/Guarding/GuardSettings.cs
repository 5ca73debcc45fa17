using Parley.Core.Log.V1;

namespace Parley.Server.Guarding;

/// <summary>What settings of the cluster mean where they say 0.</summary>
internal static class GuardSettings
{
    extension(Settings settings)
    {
        public int SendRateOrDefault => Or(settings.SendRatePerSecond, GuardLimits.SendRatePerSecond);

        public int SendBurstOrDefault => Or(settings.SendBurst, GuardLimits.SendBurst);

        public int CallRateOrDefault => Or(settings.CallRatePerSecond, GuardLimits.CallRatePerSecond);

        public int CallBurstOrDefault => Or(settings.CallBurst, GuardLimits.CallBurst);

        public int CallsAtOnceOrDefault => Or(settings.CallsAtOnce, GuardLimits.CallsAtOnce);

        public int CallsPerNodeOrDefault => Or(settings.CallsPerNode, GuardLimits.CallsPerNode);

        public int AddressRateOrDefault => Or(settings.AddressRatePerSecond, GuardLimits.AddressRatePerSecond);

        public int AddressBurstOrDefault => Or(settings.AddressBurst, GuardLimits.AddressBurst);

        public int GuessBurstOrDefault => Or(settings.GuessBurst, GuardLimits.GuessBurst);

        public int ConnectionsOrDefault => Or(settings.Connections, GuardLimits.Connections);

        public int ConnectionsPerAddressOrDefault =>
            Or(settings.ConnectionsPerAddress, GuardLimits.ConnectionsPerAddress);

        public int CallsPerConnectionOrDefault => Or(settings.CallsPerConnection, GuardLimits.CallsPerConnection);

        public TimeSpan AuthenticateOrDefault =>
            TimeSpan.FromSeconds(Or(settings.AuthenticateSeconds, GuardLimits.AuthenticateSeconds));
    }

    /// <summary>Of a rate, a negative value means no limit.</summary>
    private static int Or(int value, int otherwise) => value == 0 ? otherwise : value;
}
