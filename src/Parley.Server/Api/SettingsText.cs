using System.Globalization;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Server.Guarding;
using Parley.Server.Hosting;

namespace Parley.Server.Api;

/// <summary>The cluster's settings as people read and write them: one row a setting.</summary>
internal static class SettingsText
{
    private const long UndeliveredMessagesMax = 10_000_000;
    private const long UndeliveredBytesMax = 1L << 40;
    private const int RateMax = 1_000_000;
    private const int ConnectionsMax = 100_000;
    private const int StreamsMax = 1_000;
    private const int SecondsMax = 3_600;
    private const string NoLimit = "-1";

    /// <summary>Ascending by name.</summary>
    public static readonly IReadOnlyList<Row> Rows =
    [
        Number("address-burst", "calls without a session at once and address", RateMax,
            settings => settings.AddressBurstOrDefault, (settings, value) => settings.AddressBurst = value),
        Rate("address-rate", "calls without a session a second and address",
            settings => settings.AddressRateOrDefault, (settings, value) => settings.AddressRatePerSecond = value),
        Number("authenticate-seconds", "seconds until a connection without a session is closed", SecondsMax,
            settings => (int)settings.AuthenticateOrDefault.TotalSeconds,
            (settings, value) => settings.AuthenticateSeconds = value),
        Number("call-burst", "calls at once and account", RateMax,
            settings => settings.CallBurstOrDefault, (settings, value) => settings.CallBurst = value),
        Rate("call-rate", "calls a second and account",
            settings => settings.CallRateOrDefault, (settings, value) => settings.CallRatePerSecond = value),
        Number("calls-at-once", "calls and streams at a time, an account and node", RateMax,
            settings => settings.CallsAtOnceOrDefault, (settings, value) => settings.CallsAtOnce = value),
        Number("calls-per-connection", "calls at a time on a connection, from a node's next start on", StreamsMax,
            settings => settings.CallsPerConnectionOrDefault,
            (settings, value) => settings.CallsPerConnection = value,
            GuardLimits.CallsPerConnectionMin),
        Number("calls-per-node", "calls and streams at a time on a node", RateMax,
            settings => settings.CallsPerNodeOrDefault, (settings, value) => settings.CallsPerNode = value),
        Number("connections", "connections of clients to a node", ConnectionsMax,
            settings => settings.ConnectionsOrDefault, (settings, value) => settings.Connections = value),
        Number("connections-per-address", "connections of an address to a node", ConnectionsMax,
            settings => settings.ConnectionsPerAddressOrDefault,
            (settings, value) => settings.ConnectionsPerAddress = value),
        Rate("guess-burst", "wrong passwords of an address before it gets one a second",
            settings => settings.GuessBurstOrDefault, (settings, value) => settings.GuessBurst = value),
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
        Number("send-burst", "messages", RateMax,
            settings => settings.SendBurstOrDefault, (settings, value) => settings.SendBurst = value),
        Rate("send-rate", "messages a second and account",
            settings => settings.SendRateOrDefault, (settings, value) => settings.SendRatePerSecond = value),
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

    /// <summary>A whole number.</summary>
    private static Row Number(
        string name, string unit, int most, Func<Settings, int> read, Action<Settings, int> write, int least = 1) =>
        new(
            name,
            string.Create(CultureInfo.InvariantCulture, $"{least} to {most} {unit}"),
            settings => Format(read(settings)),
            (settings, text) => TryParse(text, most, value => write(settings, (int)value), least));

    /// <summary>A whole number from 1, or none.</summary>
    private static Row Rate(string name, string unit, Func<Settings, int> read, Action<Settings, int> write)
    {
        var number = Number(name, unit, RateMax, settings => Math.Max(-1, read(settings)), write);
        return number with
        {
            Expected = $"{number.Expected}, or {NoLimit} for no limit",
            TryWrite = (settings, text) =>
            {
                if (string.Equals(text, NoLimit, StringComparison.Ordinal))
                {
                    write(settings, -1);
                    return true;
                }

                return number.TryWrite(settings, text);
            },
        };
    }

    private static string FormatRetention(Settings settings) => settings.Retention switch
    {
        RetentionKind.Delivered => "delivered",
        RetentionKind.Forever => "forever",
        _ => Format(settings.RetentionDays > 0 ? settings.RetentionDays : Limits.RetentionDays),
    };

    private static string Format(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static bool TryParse(string text, long most, Action<long> set, long least = 1)
    {
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            || value < least || value > most)
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
