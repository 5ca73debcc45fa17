using System.Buffers.Binary;
using Parley.Core.Log.V1;

namespace Parley.Server.Consensus;

/// <summary>A command's <c>ProposalTag</c> as a value: who waits for it.</summary>
internal readonly record struct CommandTag(int Node, ulong StartNonce, ulong Number)
{
    private const byte VersionField = 0x08;
    private const byte TagField = 0x12;
    private const byte NodeField = 0x08;
    private const byte NonceField = 0x11;
    private const byte NumberField = 0x18;

    public bool IsNone => Node == 0;

    /// <summary>Reads the tag of an encoded <c>LoggedCommand</c> without decoding the rest: its fields come first and
    /// in order. What was written otherwise is decoded whole; what is not a command has none.</summary>
    public static CommandTag Read(ReadOnlySpan<byte> command)
    {
        if (TryReadQuickly(command, out var tag))
        {
            return tag;
        }

        try
        {
            var decoded = LoggedCommand.Parser.ParseFrom(command).Tag;
            return decoded is null ? default : new CommandTag(decoded.Node, decoded.StartNonce, decoded.Number);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            return default;
        }
    }

    private static bool TryReadQuickly(ReadOnlySpan<byte> rest, out CommandTag tag)
    {
        tag = default;
        if (!TakeByte(ref rest, VersionField) || !TakeNumber(ref rest, out _)
            || !TakeByte(ref rest, TagField) || !TakeNumber(ref rest, out var length) || length > (ulong)rest.Length)
        {
            return false;
        }

        // What follows the tag begins with a byte that could be its number's.
        rest = rest[..(int)length];
        if (!TakeByte(ref rest, NodeField) || !TakeNumber(ref rest, out var node)
            || !TakeByte(ref rest, NonceField) || rest.Length < sizeof(ulong))
        {
            return false;
        }

        var nonce = BinaryPrimitives.ReadUInt64LittleEndian(rest);
        rest = rest[sizeof(ulong)..];
        if (!TakeByte(ref rest, NumberField) || !TakeNumber(ref rest, out var number) || !rest.IsEmpty)
        {
            return false;
        }

        tag = new CommandTag((int)node, nonce, number);
        return true;
    }

    private static bool TakeByte(ref ReadOnlySpan<byte> rest, byte expected)
    {
        if (rest.IsEmpty || rest[0] != expected)
        {
            return false;
        }

        rest = rest[1..];
        return true;
    }

    private static bool TakeNumber(ref ReadOnlySpan<byte> rest, out ulong number)
    {
        number = 0;
        for (var i = 0; i < Math.Min(rest.Length, 10); i++)
        {
            number |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
