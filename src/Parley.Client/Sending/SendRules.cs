using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace Parley.Client.Sending;

/// <summary>
/// What the protocol's constants refuse, found before a counter is taken: a counter that a node refuses so would leave
/// a hole that pipelined sends behind it fall into.
/// </summary>
internal static class SendRules
{
    public const string TextEmpty = "TEXT_EMPTY";
    public const string TextTooLong = "TEXT_TOO_LONG";
    public const string NameInvalid = "NAME_INVALID";

    private static readonly ulong ProcessNonce = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private static ulong nonces;

    /// <summary>Null when it may go.</summary>
    public static RefusedException? FindRefusal(string recipient, string text)
    {
        // A room's name stands behind a '#'.
        if (!IsName(recipient.StartsWith('#') ? recipient[1..] : recipient))
        {
            return new RefusedException(
                NameInvalid, "a name is 1 to 32 of a-z, 0-9, '.', '_', '-' and begins with a letter or digit");
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            return new RefusedException(TextEmpty, "a message needs a text that is not blank");
        }

        // Three bytes of UTF-8 for a UTF-16 unit at most: short texts are not counted.
        return text.Length > Limits.TextBytesMax / 3 && Encoding.UTF8.GetByteCount(text) > Limits.TextBytesMax
            ? new RefusedException(TextTooLong, $"a text has at most {Limits.TextBytesMax} bytes of UTF-8")
            : null;
    }

    /// <summary>Drawn at random for this process, and counted: as different as random ones, for a fraction of the cost.
    /// </summary>
    public static ByteString NewNonce()
    {
        Span<byte> nonce = stackalloc byte[MessageId.Bytes];
        new MessageId(ProcessNonce, Interlocked.Increment(ref nonces)).WriteTo(nonce);
        return ByteString.CopyFrom(nonce);
    }

    private static bool IsName(string name)
    {
        if (name.Length is 0 or > Limits.NameCharactersMax || !char.IsAsciiLetterOrDigit(name[0]))
        {
            return false;
        }

        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
