using System.Globalization;
using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Server.Hosting;

/// <summary>Reads a retention as operators write it: <c>delivered</c>, <c>forever</c> or a number of days.</summary>
internal static class RetentionText
{
    public static bool TryParse(string text, out RetentionKind kind, out int days)
    {
        days = 0;
        kind = text switch
        {
            "delivered" => RetentionKind.Delivered,
            "forever" => RetentionKind.Forever,
            _ => RetentionKind.Days,
        };
        return kind != RetentionKind.Days
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out days)
                && days is >= 1 and <= Limits.RetentionDaysMax);
    }
}
