using Parley.Client;
using Parley.Server.Hosting;

namespace Parley.Fuzz.Targets;

/// <summary>Links, addresses, device tokens: what is read is written the same and can be used.</summary>
internal sealed class LinkTarget : FuzzTarget
{
    private static readonly string Fingerprint = new('a', 64);

    public override IReadOnlyList<byte[]> Seeds { get; } = BytesOf(
        new ClusterLink(["10.0.0.1:7401", "[fd00::2]:7402"], Fingerprint, "our chat & more").ToString(),
        new ClusterLink(["chat.example.org:7401"], "system", "").ToString(),
        new ClusterLink(["a:1"], $"{Fingerprint},{Fingerprint}", "Grüße").ToString(),
        "10.0.0.1:7401",
        DeviceTokens.Format(new byte[32]));

    public override IReadOnlyList<byte[]> Tokens { get; } = BytesOf(
        "parley://", "/?ca=", "&name=", "&ca=", "system", Fingerprint, ",", "%", "%00", "%E2%80%AE", "[::1]", "[", "]",
        ":", "@", "#", "?", "/", "\\", "localhost", "xn--", "65535", "parley_");

    public override void Check(byte[] input)
    {
        var text = Text(input);
        if (ClusterLink.Find(text, out var error) is { } link)
        {
            var again = ClusterLink.Find(link.ToString(), out _);
            Property.Holds(again is not null && again.Nodes.SequenceEqual(link.Nodes, StringComparer.Ordinal));
            Property.Same((link.CaFingerprint, link.Name), (again.CaFingerprint, again.Name));
            Property.Holds(link.Nodes.All(ClusterLink.IsAddress));
        }
        else
        {
            Property.Holds(error.Contains("expected", StringComparison.Ordinal));
        }

        if (ClusterLink.IsAddress(text))
        {
            Property.Same("/", new Uri($"https://{text}").PathAndQuery);
            Property.Same("", new Uri($"https://{text}").UserInfo + new Uri($"https://{text}").Fragment);
        }

        if (HostPort.TryParse(text, out var address))
        {
            Property.Holds(HostPort.TryParse(address.ToString(), out var same) && same == address);
            Property.Holds(address.DialPoint is not null && (!address.IsLoopback || address.ListenPoint is not null));
        }

        Property.Holds(!DeviceTokens.TryParse(text, out var token) || DeviceTokens.Format(token) == text);
    }
}
