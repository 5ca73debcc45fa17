using System.Globalization;
using System.Text;
using Parley.Raft.Storage;

namespace Parley.Raft.Formation;

/// <summary>The stamp as a text that a person can read, with a checksum in its last line.</summary>
internal static class NodeStampCodec
{
    public const int BytesMax = 1 << 20;

    private const string Title = "parley node stamp 1";
    private const string SumName = "crc32c ";

    public static byte[] Encode(NodeStamp stamp)
    {
        var text = new StringBuilder();
        text.Append(Title).Append('\n');
        Line("self", $"{stamp.Self.Value}");
        Line("incarnation", $"{stamp.Incarnation:x16}");
        Line("stage", $"{(int)stamp.Stage}");
        Line("cluster", $"{stamp.ClusterId}");
        Line("has-log", $"{(stamp.HasLog ? 1 : 0)}");
        foreach (var member in stamp.Members)
        {
            Line("member", $"{member.Id.Value} {member.Incarnation:x16} {member.Address}");
        }

        var sum = SumOf(text.ToString());
        text.Append(SumName).Append(sum).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());

        void Line(string name, FormattableString value) =>
            text.Append(name).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <exception cref="FormatException">Not a stamp, a damaged one, or one of a later program.</exception>
    public static NodeStamp Decode(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var sumAt = text.LastIndexOf(SumName, StringComparison.Ordinal);
        if (!text.StartsWith(Title + "\n", StringComparison.Ordinal) || sumAt < 0
            || !string.Equals(text[sumAt..], $"{SumName}{SumOf(text[..sumAt])}\n", StringComparison.Ordinal))
        {
            throw Damaged();
        }

        var lines = text[..sumAt].Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1)
            .Select(line => line.Split(' ', 2))
            .ToLookup(parts => parts[0], parts => parts.Length == 2 ? parts[1] : "", StringComparer.Ordinal);
        return new NodeStamp
        {
            Self = new NodeId(Number(Only(lines["self"]))),
            Incarnation = Hexadecimal(Only(lines["incarnation"])),
            Stage = StageOf(Number(Only(lines["stage"]))),
            ClusterId = Only(lines["cluster"]),
            HasLog = Number(Only(lines["has-log"])) == 1,
            Members = [.. lines["member"].Select(DecodeMember)],
        };
    }

    private static FoundingMember DecodeMember(string text) =>
        text.Split(' ', 3) is [var id, var incarnation, var address]
            ? new FoundingMember(new NodeId(Number(id)), Hexadecimal(incarnation), address)
            : throw Damaged();

    private static string Only(IEnumerable<string> values) => values.ToArray() is [var one] ? one : throw Damaged();

    private static FormationStage StageOf(int number) =>
        Enum.IsDefined((FormationStage)number) ? (FormationStage)number : throw Damaged();

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Damaged();

    private static ulong Hexadecimal(string text) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Damaged();

    private static FormatException Damaged() => new($"the stamp is damaged or not one of this program (\"{Title}\")");

    private static string SumOf(string text) =>
        Checksum.Of(Encoding.UTF8.GetBytes(text)).ToString("x8", CultureInfo.InvariantCulture);
}
