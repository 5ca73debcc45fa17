namespace Parley.Tests.BadInput;

/// <summary>What cannot be a name: of an account, or behind a '#' of a room.</summary>
internal static class BadNames
{
    public static readonly (string What, string Name)[] All =
    [
        ("empty", ""),
        ("of 33 characters", "abcdefghijklmnopqrstuvwxyz0123456"),
        ("of 60,000 characters", new string('a', 60_000)),
        ("with a Cyrillic а", "\u0430lice"),
        ("with fullwidth letters", "\uff41lice"),
        ("with NUL", "a\0b"),
        ("with a line feed", "a\nb"),
        ("with a space before it", " alice"),
        ("two dots", ".."),
        ("that climbs", "../../etc/passwd"),
        ("beginning with a hyphen", "-alice"),
        ("with a right-to-left override", "a\u202eb"),
        ("with a zero-width joiner", "ali\u200dce"),
        ("with combining marks", "a\u0301lice"),
        ("with an escape sequence", "\u001b[2Jalice"),
        ("of SQL", "'; DROP TABLE accounts;--"),
        ("with a percent sign", "alice%"),
        ("that is an emoji", "\U0001F600"),
    ];
}
