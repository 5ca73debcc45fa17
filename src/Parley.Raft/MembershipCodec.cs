using System.Buffers.Binary;
using System.Text;

namespace Parley.Raft;

/// <summary>
/// The bytes of a <see cref="Membership"/> (in entries of that kind, segment headers and snapshot hand-over) and of a
/// <see cref="SnapshotMark"/>. Little-endian, with a version byte first; version 1 is never changed.
/// </summary>
internal static class MembershipCodec
{
    private const byte Version = 1;
    private const int MemberHeadBytes = 15;
    private const int MarkHeadBytes = 25;
    public const int AddressBytesMax = 1024;
    public const int MembersMax = 1024;

    /// <summary>Version (1), count (2), then per member: id (4), voter (1), incarnation (8), address length (2),
    /// address (UTF-8).</summary>
    public static byte[] Encode(Membership membership)
    {
        Invariant.Holds(membership.Members.Count <= MembersMax);
        var addresses = membership.Members.Select(member => Encoding.UTF8.GetBytes(member.Address)).ToArray();
        var bytes = new byte[3 + addresses.Sum(address => MemberHeadBytes + address.Length)];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(1), (ushort)addresses.Length);
        var at = bytes.AsSpan(3);
        for (var i = 0; i < addresses.Length; i++)
        {
            var member = membership.Members[i];
            Invariant.Holds(addresses[i].Length <= AddressBytesMax);
            BinaryPrimitives.WriteInt32LittleEndian(at, member.Id.Value);
            at[4] = member.IsVoter ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteUInt64LittleEndian(at[5..], member.Incarnation);
            BinaryPrimitives.WriteUInt16LittleEndian(at[13..], (ushort)addresses[i].Length);
            addresses[i].CopyTo(at[MemberHeadBytes..]);
            at = at[(MemberHeadBytes + addresses[i].Length)..];
        }

        return bytes;
    }

    /// <exception cref="FormatException">These bytes are no membership.</exception>
    public static Membership Decode(ReadOnlySpan<byte> bytes)
    {
        Check(bytes.Length >= 3 && bytes[0] == Version, "membership: version 1 expected");
        var count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[1..]);
        Check(count <= MembersMax, "membership: too many members");
        var at = bytes[3..];
        var members = new Member[count];
        for (var i = 0; i < count; i++)
        {
            Check(at.Length >= MemberHeadBytes, "membership: cut short");
            var addressBytes = BinaryPrimitives.ReadUInt16LittleEndian(at[13..]);
            Check(
                at[4] <= 1 && addressBytes <= AddressBytesMax && at.Length >= MemberHeadBytes + addressBytes,
                "membership: a member is malformed");
            members[i] = new Member(
                new NodeId(BinaryPrimitives.ReadInt32LittleEndian(at)),
                at[4] == 1,
                BinaryPrimitives.ReadUInt64LittleEndian(at[5..]),
                Encoding.UTF8.GetString(at.Slice(MemberHeadBytes, addressBytes)));
            at = at[(MemberHeadBytes + addressBytes)..];
        }

        Check(at.IsEmpty, "membership: bytes left over");
        return new Membership { Members = members };
    }

    /// <summary>Version (1), index (8), term (8), log time (8), membership.</summary>
    public static byte[] Encode(SnapshotMark mark)
    {
        var membership = Encode(mark.Membership);
        var bytes = new byte[MarkHeadBytes + membership.Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), mark.Index.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(9), mark.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(17), mark.TimeUs);
        membership.CopyTo(bytes.AsSpan(MarkHeadBytes));
        return bytes;
    }

    /// <exception cref="FormatException">These bytes are no snapshot mark.</exception>
    public static SnapshotMark DecodeMark(ReadOnlySpan<byte> bytes)
    {
        Check(bytes.Length >= MarkHeadBytes && bytes[0] == Version, "snapshot mark: version 1 expected");
        return new SnapshotMark
        {
            Index = new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(bytes[1..])),
            Term = new Term(BinaryPrimitives.ReadInt64LittleEndian(bytes[9..])),
            TimeUs = BinaryPrimitives.ReadInt64LittleEndian(bytes[17..]),
            Membership = Decode(bytes[MarkHeadBytes..]),
        };
    }

    private static void Check(bool condition, string message)
    {
        if (!condition)
        {
            throw new FormatException(message);
        }
    }
}
