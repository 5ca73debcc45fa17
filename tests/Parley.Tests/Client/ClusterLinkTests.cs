using Parley.Client;
using Parley.Client.Storage;
using Parley.Client.Walking;

namespace Parley.Tests.Client;

/// <summary>The one line that a user gets.</summary>
[Trait("Promise", "8")]
public sealed class ClusterLinkTests
{
    private static readonly string Fingerprint = new('a', 64);

    [Fact]
    public void A_link_says_all_of_it_and_is_read_back()
    {
        var link = new ClusterLink(["10.0.0.1:7401", "[fd00::2]:7401"], Fingerprint, "our chat & more");

        var read = ClusterLink.Find(link.ToString(), out var error);

        Assert.Equal("", error);
        Assert.Equal(link.Nodes, read!.Nodes);
        Assert.Equal((link.CaFingerprint, link.Name), (read.CaFingerprint, read.Name));
    }

    [Theory]
    [InlineData("parley://")]
    [InlineData("parley:///?ca=aa")]
    [InlineData("parley://chat1:7401/")]
    [InlineData("parley://chat1:7401/?ca=aaaa")]
    [InlineData("parley://chat1/?ca=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("https://chat1:7401/?ca=aa")]
    [InlineData("parley://alice@chat1:7401/?ca=system")]
    [InlineData("parley://chat1#2:7401/?ca=system")]
    [InlineData("parley://[chat1]:7401/?ca=system")]
    [InlineData("parley://::1:7401/?ca=system")]
    [InlineData("parley://chat1:0/?ca=system")]
    [InlineData("parley://chat1:70000/?ca=system")]
    [InlineData("parley://chat 1:7401/?ca=system")]
    public void What_is_no_link_is_refused_with_what_was_expected(string text)
    {
        Assert.Null(ClusterLink.Find(text, out var error));
        Assert.Contains("expected", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stored_link_is_found_again()
    {
        var home = Directory.CreateTempSubdirectory("parley-link-");
        var store = new SessionStore(Path.Combine(home.FullName, "parley"));
        Assert.Null(store.FindLink());

        store.SaveLink(new ClusterLink(["10.0.0.1:7401"], Fingerprint, "ours"));

        Assert.Equal(Fingerprint, store.FindLink()!.Link.CaFingerprint);
        Assert.Empty(store.List());
        home.Delete(recursive: true);
    }

    [Fact]
    public void Plaintext_does_not_leave_the_machine()
    {
        var refused = Assert.Throws<RefusedException>(
            () => new NodeSet(new ParleyClientOptions { Nodes = ["127.0.0.1:7401", "10.0.0.1:7401"] }));

        Assert.Contains("10.0.0.1:7401", refused.Message, StringComparison.Ordinal);
        Assert.Contains("cluster link", refused.Message, StringComparison.Ordinal);
    }
}
