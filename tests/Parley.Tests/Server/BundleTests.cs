using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
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

    /// <summary>.NET has one exception for what is no key, and another for a key of a curve it does not know.</summary>
    [Fact]
    public void A_key_of_a_curve_that_nobody_knows_is_refused()
    {
        ClusterFiles.Create(directory.FullName, "", Members, Now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var der = key.ExportPkcs8PrivateKey();
        // The last number of 1.2.840.10045.3.1.7.
        ReadOnlySpan<byte> end = [0x3D, 0x03, 0x01, 0x07];
        der[der.AsSpan().IndexOf(end) + 3] = 0x6F;
        var unknown = PemEncoding.WriteString("PRIVATE KEY", der);
        ChangeBoth(content => content["key"] = unknown);

        Assert.Null(Read(new() { ["bundle"] = PathOf(1) }, out var errors));
        Assert.StartsWith("bundle:", Assert.Single(errors), StringComparison.Ordinal);
        Assert.Throws<BundleRefusedException>(() => AuthorityFile.Load(AuthorityPath));
    }

    [Theory]
    [InlineData("cluster")]
    [InlineData("name")]
    [InlineData("members")]
    [InlineData("certificate")]
    [InlineData("key")]
    [InlineData("one of the members")]
    public void Nothing_is_null_in_a_bundle_and_in_the_authoritys_file(string what)
    {
        ClusterFiles.Create(directory.FullName, "ours", Members, Now);
        ChangeBoth(content =>
        {
            if (content[what] is null)
            {
                content["members"]![0] = null;
            }
            else
            {
                content[what] = null;
            }
        });

        Assert.Null(Read(new() { ["bundle"] = PathOf(1) }, out var errors));
        Assert.StartsWith("bundle:", Assert.Single(errors), StringComparison.Ordinal);
        Assert.Throws<BundleRefusedException>(() => AuthorityFile.Load(AuthorityPath));
    }

    [Fact]
    public void A_certificate_counts_for_its_cluster_its_node_and_its_time()
    {
        using var mine = Issue(authority, 2, Now);
        using var expired = Issue(authority, 2, Now - TimeSpan.FromDays(400));
        using var another = ClusterAuthority.Create(Now);
        using var theirs = Issue(another, 2, Now);

        Assert.Null(ClusterAuthority.FindFault(mine, [authority.Certificate], asServer: true));
        Assert.Null(ClusterAuthority.FindFault(mine, [authority.Certificate], asServer: false));
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

        Assert.Null(new AuthorityTrust(fingerprint).FindFault(mine));
        Assert.Contains("not now", new AuthorityTrust(fingerprint).FindFault(expired), StringComparison.Ordinal);
        Assert.Contains("another cluster", new AuthorityTrust(fingerprint).FindFault(theirs), StringComparison.Ordinal);
        Assert.NotNull(new AuthorityTrust(fingerprint).FindFault(null));
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

        Assert.NotNull(new AuthorityTrust(fingerprint).FindFault(itself));
        Assert.NotNull(new AuthorityTrust(fingerprint).FindFault(forged));
        Assert.NotNull(ClusterAuthority.FindFault(forged, [authority.Certificate], asServer: true));
    }

    [Fact]
    public void A_new_authority_counts_by_the_word_of_the_old_one()
    {
        var fingerprint = ClusterAuthority.FingerprintOf(authority.Certificate);
        using var successor = ClusterAuthority.CreateFor(authority.Cluster, Now);
        using var endorsed = IssueEndorsed(successor, authority.Endorse(successor, Now));
        using var alone = Issue(successor, 2, Now);
        using var old = Issue(authority, 2, Now);
        var trust = new AuthorityTrust(fingerprint);

        Assert.Null(ClusterAuthority.FindFault(endorsed, [authority.Certificate], asServer: true));
        Assert.Null(ClusterAuthority.FindFault(endorsed, [successor.Certificate], asServer: false));
        Assert.NotNull(ClusterAuthority.FindFault(alone, [authority.Certificate], asServer: true));
        Assert.NotNull(trust.FindFault(alone));
        Assert.Null(trust.FindFault(endorsed));
        Assert.Equal($"{ClusterAuthority.FingerprintOf(successor.Certificate)},{fingerprint}", trust.Text);
        Assert.Null(trust.FindFault(old));
        Assert.EndsWith(fingerprint, trust.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void When_its_word_is_no_longer_shown_the_old_authority_is_forgotten()
    {
        using var successor = ClusterAuthority.CreateFor(authority.Cluster, Now);
        using var endorsed = IssueEndorsed(successor, authority.Endorse(successor, Now));
        using var alone = Issue(successor, 2, Now);
        using var old = Issue(authority, 2, Now);
        var told = new List<string>();
        var trust = new AuthorityTrust(ClusterAuthority.FingerprintOf(authority.Certificate), told.Add);

        Assert.Null(trust.FindFault(endorsed));
        Assert.Null(trust.FindFault(alone));

        Assert.Equal(ClusterAuthority.FingerprintOf(successor.Certificate), trust.Text);
        Assert.Contains("cluster link", trust.FindFault(old), StringComparison.Ordinal);
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public void Nobody_but_an_authority_can_speak_for_a_new_one()
    {
        // A stolen bundle of node 2: its key makes an authority, its certificate is shown as the old authority's word.
        var (stolen, stolenKey) = authority.Issue(2, predecessor: "", Now);
        using var thief = ECDsa.Create();
        thief.ImportFromPem(stolenKey);
        using var word = X509Certificate2.CreateFromPem(stolen, stolenKey);
        using var forged = Forge(word, thief);
        using var unrelated = ClusterAuthority.CreateFor(authority.Cluster, Now);
        using var another = ClusterAuthority.Create(Now);
        using var foreign = IssueEndorsed(unrelated, another.Endorse(unrelated, Now));
        var fingerprint = ClusterAuthority.FingerprintOf(authority.Certificate);

        foreach (var shown in (X509Certificate2[])[forged, foreign])
        {
            var trust = new AuthorityTrust(fingerprint);
            Assert.NotNull(trust.FindFault(shown));
            Assert.Equal(fingerprint, trust.Text);
            Assert.NotNull(ClusterAuthority.FindFault(shown, [authority.Certificate], asServer: true));
            Assert.NotNull(ClusterAuthority.FindFault(shown, [authority.Certificate], asServer: false));
        }
    }

    [Fact]
    public void A_change_of_authority_has_two_steps_and_keeps_no_old_key()
    {
        var before = ClusterFiles.Create(directory.FullName, "", Members, Now);
        var refused = Assert.Throws<BundleRefusedException>(
            () => ClusterFiles.RetirePredecessor(directory.FullName, Now));
        var changing = ClusterFiles.ReplaceAuthority(directory.FullName, Now);
        var mixed = NodeBundle.Load(PathOf(2));
        var again = Assert.Throws<BundleRefusedException>(
            () => ClusterFiles.ReplaceAuthority(directory.FullName, Now));
        var after = ClusterFiles.RetirePredecessor(directory.FullName, Now);
        var last = NodeBundle.Load(PathOf(2));

        Assert.Contains("--authority", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--retire-old", again.Message, StringComparison.Ordinal);
        Assert.Equal(before.Cluster, after.Cluster);
        Assert.Equal(before.Certificate, changing.Predecessor);
        Assert.DoesNotContain(before.Key, JsonText(), StringComparison.Ordinal);
        Assert.Contains(before.Certificate, mixed.Ca, StringComparison.Ordinal);
        Assert.Equal(after.Certificate, last.Ca);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_that_was_interrupted_after_the_authority_was_written_is_finished_by_renew(bool isSecond)
    {
        ClusterFiles.Create(directory.FullName, "", Members, Now);
        if (isSecond)
        {
            ClusterFiles.ReplaceAuthority(directory.FullName, Now);
        }

        var stale = File.ReadAllText(PathOf(3));
        Func<string, DateTimeOffset, AuthorityFile> step = isSecond
            ? ClusterFiles.RetirePredecessor
            : ClusterFiles.ReplaceAuthority;
        step(directory.FullName, Now);
        File.WriteAllText(PathOf(3), stale);

        var refused = Assert.Throws<BundleRefusedException>(() => step(directory.FullName, Now));
        var file = ClusterFiles.Renew(directory.FullName, Now);

        Assert.Contains("interrupted, 'parley cluster renew' makes", refused.Message, StringComparison.Ordinal);
        Assert.Equal(isSecond, file.Predecessor is null);
        Assert.Equal(file.Authorities, NodeBundle.Load(PathOf(3)).Ca);
    }

    [Fact]
    public void A_bundle_whose_certificate_has_ended_is_refused_with_what_to_do()
    {
        ClusterFiles.Create(directory.FullName, "", Members, Now - TimeSpan.FromDays(400));

        Assert.Null(Read(new() { ["bundle"] = PathOf(1) }, out var errors));
        Assert.Contains("cluster renew", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Thirty_days_before_its_end_a_certificate_is_warned_of()
    {
        var (certificate, key) = authority.Issue(2, predecessor: "", Now);
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
        X509Certificate2.CreateFromPem(by.Issue(node, predecessor: "", now).Certificate);

    /// <summary>A certificate of node 2 that carries what is said of its authority.</summary>
    private X509Certificate2 IssueEndorsed(ClusterAuthority by, string word) => X509Certificate2.CreateFromPem(
        by.Issue(2, $"{word}\n{authority.CertificatePem}", Now).Certificate);

    /// <summary>A certificate for node 2 by an authority that has the thief's key and the stolen certificate's name.
    /// </summary>
    private X509Certificate2 Forge(X509Certificate2 word, ECDsa key)
    {
        var root = new CertificateRequest(word.SubjectName, key, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        using var itself = root.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(300));
        using var nodeKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Parley node 2 made by a thief", nodeKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new NodeIdentity(authority.Cluster, 2).Uri);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509Extension(
            ClusterAuthority.AuthorityExtension,
            [.. itself.RawData, .. word.RawData, .. authority.Certificate.RawData],
            critical: false));
        return request.Create(itself, Now.AddDays(-1), Now.AddDays(200), [1, 2, 3, 4]);
    }

    private string AuthorityPath => Path.Combine(directory.FullName, AuthorityFile.FileName);

    private string JsonText() => File.ReadAllText(AuthorityPath);

    private void ChangeBoth(Action<JsonNode> change)
    {
        foreach (var file in (string[])[PathOf(1), AuthorityPath])
        {
            var content = JsonNode.Parse(File.ReadAllText(file))!;
            change(content);
            File.WriteAllText(file, content.ToString());
        }
    }

    private static ServerOptions? Read(Dictionary<string, string> settings, out List<string> errors)
    {
        errors = [];
        return ServerOptionsReader.Read(settings, errors);
    }

    private string? Fault(X509Certificate2 certificate) =>
        ClusterAuthority.FindFault(certificate, [authority.Certificate], asServer: true);

    private string PathOf(int node) => Path.Combine(directory.FullName, NodeBundle.FileNameOf(node));
}
