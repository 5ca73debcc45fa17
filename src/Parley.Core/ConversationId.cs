using System.Globalization;
using System.Runtime.CompilerServices;

namespace Parley.Core;

/// <summary>Turns conversation numbers into the opaque ids that clients see, and back; a fixed bijection.</summary>
/// <remarks>
/// The first half is the number, mixed so that ids tell nothing of how many there are at a glance; the second half is
/// made from the first, so that hardly any other text is taken for an id. No secret: Apply checks membership anyway.
/// </remarks>
internal static class ConversationId
{
    private const int Digits = 32;
    private const ulong Salt = 0x9E37_79B9_7F4A_7C15;

    /// <summary>32 hexadecimal digits, the same on every node.</summary>
    public static string Format(long conversation)
    {
        var head = Mix((ulong)conversation ^ Salt);
        return string.Create(CultureInfo.InvariantCulture, $"{head:x16}{Mix(head + Salt):x16}");
    }

    /// <summary>False for anything that <see cref="Format"/> did not make.</summary>
    public static bool TryParse(string text, out long conversation)
    {
        conversation = 0;
        if (text.Length != Digits
            || !ulong.TryParse(
                text.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var head))
        {
            return false;
        }

        var number = (long)(Unmix(head) ^ Salt);
        if (number <= 0 || !string.Equals(Format(number), text, StringComparison.Ordinal))
        {
            return false;
        }

        conversation = number;
        return true;
    }

    /// <summary>The finalizer of splitmix64 (Steele, Lea, Flood 2014), which is a bijection.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }

    private static ulong Unmix(ulong value)
    {
        value = (value ^ (value >> 31) ^ (value >> 62)) * 0x3196_42B2_D24D_8EC3;
        value = (value ^ (value >> 27) ^ (value >> 54)) * 0x96DE_1B17_3F11_9089;
        return value ^ (value >> 30) ^ (value >> 60);
    }
}
