using System.Text;
using Parley.Server.Api;

namespace Parley.Fuzz.Targets;

/// <summary>Page tokens, as they come and with the right checksum, which is no secret.</summary>
internal sealed class PageTokenTarget : FuzzTarget
{
    private const string List = "messages bob";
    private const long Alice = 7;
    private const int PlaceCharactersMax = 64;

    public override IReadOnlyList<byte[]> Seeds { get; } = BytesOf(
        PageToken.Format(List, Alice, "42"),
        PageToken.Format(List, Alice, "a-name.of_thirty-two-characters0"),
        "42",
        "a-name");

    public override IReadOnlyList<byte[]> Tokens { get; } =
        BytesOf("=", "-", "_", "AAAAAAAAAAA", "9223372036854775807");

    public override void Check(byte[] input)
    {
        var text = Text(input);
        var place = "";
        if (Property.Accepts<RefusedException>(() => place = PageToken.Parse(List, Alice, text)))
        {
            Property.Same(place, PageToken.Parse(List, Alice, PageToken.Format(List, Alice, place)));
        }

        if (input.Length is > 0 and <= PlaceCharactersMax && Ascii.IsValid(input))
        {
            var forged = PageToken.Format(List, Alice, text);
            Property.Same(text, PageToken.Parse(List, Alice, forged));
            Property.Accepts<RefusedException>(() => Property.Holds(PageToken.ParseNumber(List, Alice, forged) >= 0));
        }
    }
}
