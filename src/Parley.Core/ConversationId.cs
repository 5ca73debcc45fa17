namespace Parley.Core;

/// <summary>Turns conversation numbers into the opaque ids that clients see, and back; a fixed bijection.</summary>
internal static class ConversationId
{
    /// <summary>32 hexadecimal digits, the same on every node.</summary>
    public static string Format(long conversation) => throw new NotSupportedException("not built yet");

    /// <summary>False for anything that <see cref="Format"/> did not make.</summary>
    public static bool TryParse(string text, out long conversation) =>
        throw new NotSupportedException("not built yet");
}
