using System.Globalization;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Server.Hosting;

namespace Parley.Server.Api;

/// <summary>The cluster's settings as people read and write them: one row a setting.</summary>
internal static class SettingsText
{
    private const long UndeliveredMessagesMax = 10_000_000;
    private const long UndeliveredBytesMax = 1L << 40;
    private const int RateMax = 1_000_000;

    /// <summary>Ascending by name.</summary>
    public static readonly IReadOnlyList<Row> Rows =
    [
        new("registration", RegistrationText.Expected,
            settings => RegistrationText.Format(settings.RegistrationOrDefault),
            (settings, text) =>
            {
                var isOne = RegistrationText.TryParse(text, out var registration);
                settings.Registration = registration;
                return isOne;
            }),
        new("retention", "delivered, forever or 1 to 36500 days", FormatRetention,
            (settings, text) =>
            {
                var isOne = RetentionText.TryParse(text, out var kind, out var days);
                (settings.Retention, settings.RetentionDays) = (kind, days);
                return isOne;
            }),
        new("send-burst", "1 to 1000000 messages",
            settings => Format(settings.SendBurst > 0 ? settings.SendBurst : ApiLimits.SendBurst),
            (settings, text) => TryParse(text, RateMax, value => settings.SendBurst = (int)value)),
        new("send-rate", "1 to 1000000 messages a second and account, or -1 for no limit",
            settings => Format(settings.SendRatePerSecond == 0
                ? ApiLimits.SendRatePerSecond
                : Math.Max(-1, settings.SendRatePerSecond)),
            (settings, text) =>
            {
                if (string.Equals(text, "-1", StringComparison.Ordinal))
                {
                    settings.SendRatePerSecond = -1;
                    return true;
                }

                return TryParse(text, RateMax, value => settings.SendRatePerSecond = (int)value);
            }),
        new("undelivered-bytes", "1 to 1099511627776 bytes of text an account",
            settings => Format(settings.UndeliveredBytesOrDefault),
            (settings, text) => TryParse(text, UndeliveredBytesMax, value => settings.UndeliveredBytesMax = value)),
        new("undelivered-messages", "1 to 10000000 messages an account",
            settings => Format(settings.UndeliveredMessagesOrDefault),
            (settings, text) =>
                TryParse(text, UndeliveredMessagesMax, value => settings.UndeliveredMessagesMax = value)),
    ];

    public static Row? Find(string name) =>
        Rows.FirstOrDefault(row => string.Equals(row.Name, name, StringComparison.Ordinal));

    private static string FormatRetention(Settings settings) => settings.Retention switch
    {
        RetentionKind.Delivered => "delivered",
        RetentionKind.Forever => "forever",
        _ => Format(settings.RetentionDays > 0 ? settings.RetentionDays : Limits.RetentionDays),
    };

    private static string Format(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static bool TryParse(string text, long most, Action<long> set)
    {
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            || value < 1 || value > most)
        {
            return false;
        }

        set(value);
        return true;
    }

    /// <summary>One setting.</summary>
    /// <param name="Name">As people write it.</param>
    /// <param name="Expected">What it may be.</param>
    /// <param name="Read">Its value, a default included.</param>
    /// <param name="TryWrite">Changes it; false when the text is no value of it.</param>
    internal sealed record Row(
        string Name, string Expected, Func<Settings, string> Read, Func<Settings, string, bool> TryWrite);
}
