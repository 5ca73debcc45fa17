using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parley.Client.Trust;
using Parley.Server.Certificates;
using Parley.Server.Hosting;

namespace Parley.Tests.Server;

/// <summary>Certificates of a cluster: who made them, for whom, and who may read them.</summary>
[Trait("Promise", "8")]
public sealed class BundleTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly BundleMember[] Members =
    [
        new(1, "10.0.0.1:7401", "10.0.0.1:7501"),
        new(2, "10.0.0.2:7401", "10.0.0.2:7501"),
        new(3, "10.0.0.3:7401", "10.0.0.3:7501"),
    ];

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("parley-bundle-");
    private readonly ClusterAuthority authority = ClusterAuthority.Create(Now - TimeSpan.FromDays(800));

    [Fact]
    public void A_bundle_is_all_that_a_server_needs()
    {
        ClusterFiles.Create(directory.FullName, "our chat", Members, Now);

        var options = Read(new() { ["bundle"] = PathOf(2) }, out var errors);

        Assert.Empty(errors);
        Assert.Equal((2, "10.0.0.2:7401", "10.0.0.2:7501"), (options!.Id, options.Listen, options.NodeListen));
        Assert.Equal(["10.0.0.1:7501", "10.0.0.2:7501", "10.0.0.3:7501"], options.Members.Select(one => one.Address));
    }

    [Fact]
    public void Flags_beside_it_move_the_listeners_but_not_the_node()
    {
        ClusterFiles.Create(directory.FullName, "", Members, Now);

        var moved = Read(new() { ["bundle"] = PathOf(2), ["listen"] = "0.0.0.0:7401" }, out _);
        var other = Read(new() { ["bundle"] = PathOf(2), ["id"] = "3" }, out var errors);

        Assert.Equal(("0.0.0.0:7401", "10.0.0.2:7401"), (moved!.Listen, moved.Advertise));
        Assert.Null(other);
        Assert.Contains(errors, error => error.StartsWith("id: nothing expected", StringComparison.Ordinal));
    }

    [Fact]
    public void A_bundle_that_others_may_read_is_refused()
    {
        ClusterFiles.Create(directory.FullName, "", Members, Now);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf(1)));
        File.SetUnixFileMode(
            PathOf(1), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        Assert.Null(Read(new() { ["bundle"] = PathOf(1) }, out var errors));
        Assert.Contains("chmod 600", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"node\": 1", "\"node\": 3")]
    [InlineData("parley-node-1", "parley-node-9")]
    [InlineData("\"name\"", "\"nickname\"")]
    [InlineData("BEGIN PRIVATE KEY", "BEGIN PUBLIC KEY")]
    public void A_bundle_that_was_changed_is_refused(string what, string by)
    {
        ClusterFiles.Create(directory.FullName, "", Members, Now);
        File.WriteAllText(PathOf(1), File.ReadAllText(PathOf(1)).Replace(what, by, StringComparison.Ordinal));

        Assert.Null(Read(new() { ["bundle"] = PathOf(1) }, out var errors));
        Assert.StartsWith("bundle:", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_counts_for_its_cluster_its_node_and_its_time()
    {
        using var mine = Issue(authority, 2, Now);
        using var expired = Issue(authority, 2, Now - TimeSpan.FromDays(400));
        using var another = ClusterAuthority.Create(Now);
        using var theirs = Issue(another, 2, Now);

        Assert.Null(ClusterAuthority.FindFault(mine, authority.Certificate, asServer: true));
        Assert.Null(ClusterAuthority.FindFault(mine, authority.Certificate, asServer: false));
        Assert.Equal(new NodeIdentity(authority.Cluster, 2), NodeIdentity.Find(mine));
        Assert.Contains("not now", Fault(expired), StringComparison.Ordinal);
        Assert.Contains("authority", Fault(theirs), StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_knows_the_cluster_by_the_fingerprint_alone()
    {
        var fingerprint = ClusterAuthority.FingerprintOf(authority.Certificate);
        using var mine = Issue(authority, 2, Now);
        using var expired = Issue(authority, 2, Now - TimeSpan.FromDays(400));
        using var another = ClusterAuthority.Create(Now);
        using var theirs = Issue(another, 2, Now);

        Assert.Null(ClusterCertificate.FindFault(mine, fingerprint));
        Assert.Contains("not now", ClusterCertificate.FindFault(expired, fingerprint), StringComparison.Ordinal);
        Assert.Contains("another cluster", ClusterCertificate.FindFault(theirs, fingerprint), StringComparison.Ordinal);
        Assert.NotNull(ClusterCertificate.FindFault(null, fingerprint));
    }

    [Fact]
    public void A_stranger_who_shows_the_authority_without_its_key_is_refused()
    {
        var fingerprint = ClusterAuthority.FingerprintOf(authority.Certificate);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Parley node 2", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new NodeIdentity(authority.Cluster, 2).Uri);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509Extension(ClusterAuthority.AuthorityExtension, authority.Certificate.RawData, critical: false));
        using var itself = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        using var forged = request.Create(
            authority.Certificate.SubjectName,
            X509SignatureGenerator.CreateForECDsa(key),
            Now.AddDays(-1),
            Now.AddDays(1),
            [1, 2, 3]);

        Assert.NotNull(ClusterCertificate.FindFault(itself, fingerprint));
        Assert.NotNull(ClusterCertificate.FindFault(forged, fingerprint));
        Assert.NotNull(ClusterAuthority.FindFault(forged, authority.Certificate, asServer: true));
    }

    [Fact]
    public void Thirty_days_before_its_end_a_certificate_is_warned_of()
    {
        var (certificate, key) = authority.Issue(2, Now);
        var bundle = new NodeBundle
        {
            Format = NodeBundle.FormatName,
            Cluster = authority.Cluster,
            Name = "",
            Node = 2,
            Members = Members,
            Certificate = certificate,
            Key = key,
            Ca = authority.CertificatePem,
        };
        using var credentials = NodeCredentials.Of(bundle);

        Assert.Null(credentials.FindWarning(Now + TimeSpan.FromDays(334)));
        Assert.Contains("ends on", credentials.FindWarning(Now + TimeSpan.FromDays(336)), StringComparison.Ordinal);
        Assert.Contains("ended on", credentials.FindWarning(Now + TimeSpan.FromDays(366)), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        authority.Dispose();
        directory.Delete(recursive: true);
    }

    private static X509Certificate2 Issue(ClusterAuthority by, int node, DateTimeOffset now) =>
        X509Certificate2.CreateFromPem(by.Issue(node, now).Certificate);

    private static ServerOptions? Read(Dictionary<string, string> settings, out List<string> errors)
    {
        errors = [];
        return ServerOptionsReader.Read(settings, errors);
    }

    private string? Fault(X509Certificate2 certificate) =>
        ClusterAuthority.FindFault(certificate, authority.Certificate, asServer: true);

    private string PathOf(int node) => Path.Combine(directory.FullName, NodeBundle.FileNameOf(node));
}
