using Parley.Core.Log.V1;

namespace Parley.Core;

/// <summary>What settings mean where they say 0.</summary>
internal static class SettingsDefaults
{
    extension(Settings settings)
    {
        public long UndeliveredMessagesOrDefault => settings.UndeliveredMessagesMax > 0
            ? settings.UndeliveredMessagesMax
            : Limits.UndeliveredMessagesMax;

        public long UndeliveredBytesOrDefault => settings.UndeliveredBytesMax > 0
            ? settings.UndeliveredBytesMax
            : Limits.UndeliveredBytesMax;

        public Registration RegistrationOrDefault =>
            settings.Registration == Registration.Unspecified ? Registration.Open : settings.Registration;

        /// <summary>Messages that were settled at this time or before may be dropped now.</summary>
        public long SettledUntilUs(long nowUs) => settings.Retention switch
        {
            RetentionKind.Forever => long.MinValue,
            RetentionKind.Delivered => nowUs,
            _ => nowUs - Microseconds.Of(TimeSpan.FromDays(
                settings.RetentionDays > 0 ? settings.RetentionDays : Limits.RetentionDays)),
        };
    }
}
