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

        /// <summary>Messages of a room that were stored at this time or before may be dropped now. A room knows no
        /// "delivered": its absent members would either lose everything or hold up everyone.</summary>
        /// <param name="roomDays">The room's own days; 0 for none.</param>
        /// <param name="nowUs">Log time, microseconds since 1970-01-01T00:00:00Z.</param>
        public long RoomSettledUntilUs(int roomDays, long nowUs)
        {
            if (roomDays == 0 && settings.Retention == RetentionKind.Forever)
            {
                return long.MinValue;
            }

            var days = roomDays > 0 ? roomDays
                : settings.RetentionDays > 0 ? settings.RetentionDays
                : Limits.RetentionDays;
            return nowUs - Microseconds.Of(TimeSpan.FromDays(days));
        }

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
