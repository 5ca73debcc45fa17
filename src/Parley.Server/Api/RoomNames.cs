using Parley.Core;

namespace Parley.Server.Api;

/// <summary>Names of rooms: as names of accounts, with a '#' before them wherever both can stand.</summary>
internal static class RoomNames
{
    public const char Mark = '#';

    /// <summary>A recipient or partner as stored, a room's with its '#'; null when there can be none.</summary>
    public static string? FindTarget(string input)
    {
        if (!IsRoom(input))
        {
            return AccountNames.Find(input);
        }

        return AccountNames.Find(input[1..]) is { } name ? $"{Mark}{name}" : null;
    }

    public static bool IsRoom(string target) => target.StartsWith(Mark);

    /// <summary>The name as stored, without a '#'; it may be given with one.</summary>
    /// <exception cref="RefusedException">NAME_INVALID.</exception>
    public static string Get(string input) => AccountNames.Get(IsRoom(input) ? input[1..] : input);

    public static string Format(string name) => $"{Mark}{name}";

    /// <summary>The room with this name, a '#' before it.</summary>
    public static long? FindNumber(this RoomDirectory rooms, string target) => rooms.Find(target[1..])?.Number;
}
