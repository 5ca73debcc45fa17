using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parley.Server.Certificates;
using Parley.Server.Hosting;

namespace Parley.Tests.Server;

/// <summary>The operator's own certificate for the client port: what is refused, and in which words.</summary>
[Trait("Promise", "8")]
public sealed class OperatorCertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("parley-operator-");
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public OperatorCertificateTests()
    {
        ClusterFiles.Create(directory.FullName, "", [new(1, "10.0.0.1:7401", "10.0.0.1:7501")], Now);
        Write("chat.pem", Make(Now.AddDays(-60), Now.AddDays(32)));
        Write("chat.key", key.ExportPkcs8PrivateKeyPem());
    }

    [Fact]
    public void A_certificate_and_its_key_are_taken()
    {
        var options = Read(null, out var errors);

        Assert.Empty(errors);
        Assert.Null(options!.ClientCertificate!.Content.FindWarning(1, Now));
        Assert.Contains(
            "ends on", options.ClientCertificate.Content.FindWarning(1, Now.AddDays(3)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no key", "certificate-key; one of them found")]
    [InlineData("no bundle", "bundle expected beside it")]
    [InlineData("no file", "chat.pem")]
    [InlineData("no certificate in it", "BEGIN CERTIFICATE expected, none found")]
    [InlineData("another key", "the key of")]
    [InlineData("an encrypted key", "not encrypted expected")]
    [InlineData("a key for all to read", "chmod 600")]
    [InlineData("ended", "a certificate that counts now expected")]
    [InlineData("not begun", "a certificate that counts now expected")]
    [InlineData("for clients", "a certificate for servers")]
    public void What_is_wrong_is_said(string wrong, string said)
    {
        var options = Read(wrong, out var errors);

        Assert.Null(options);
        var error = Assert.Single(errors);
        Assert.StartsWith("certificate", error, StringComparison.Ordinal);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        key.Dispose();
        directory.Delete(recursive: true);
    }

    private ServerOptions? Read(string? wrong, out List<string> errors)
    {
        var settings = new Dictionary<string, string>
        {
            ["bundle"] = PathOf(NodeBundle.FileNameOf(1)),
            ["certificate"] = PathOf("chat.pem"),
            ["certificate-key"] = PathOf("chat.key"),
        };
        Spoil(wrong, settings);
        errors = [];
        return ServerOptionsReader.Read(settings, errors);
    }

    private void Spoil(string? wrong, Dictionary<string, string> settings)
    {
        switch (wrong)
        {
            case "no key":
                settings.Remove("certificate-key");
                break;
            case "no bundle":
                settings.Remove("bundle");
                foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[
                    ("id", "1"), ("data", "x"), ("listen", "127.0.0.1:1"), ("node-listen", "127.0.0.1:2"),
                    ("members", "1=127.0.0.1:2")])
                {
                    settings[name] = value;
                }

                break;
            case "no file":
                File.Delete(PathOf("chat.pem"));
                break;
            case "no certificate in it":
                Write("chat.pem", key.ExportSubjectPublicKeyInfoPem());
                break;
            case "another key":
                using (var another = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    Write("chat.key", another.ExportPkcs8PrivateKeyPem());
                }

                break;
            case "an encrypted key":
                Write("chat.key", key.ExportEncryptedPkcs8PrivateKeyPem(
                    "secret", new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000)));
                break;
            case "a key for all to read":
                File.SetUnixFileMode(
                    PathOf("chat.key"),
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
                break;
            case "ended":
                Write("chat.pem", Make(Now.AddDays(-60), Now.AddDays(-1)));
                break;
            case "not begun":
                Write("chat.pem", Make(Now.AddDays(1), Now.AddDays(60)));
                break;
            case "for clients":
                Write("chat.pem", Make(Now.AddDays(-1), Now.AddDays(60), purpose: "1.3.6.1.5.5.7.3.2"));
                break;
            default:
                break;
        }
    }

    private string Make(DateTimeOffset begin, DateTimeOffset end, string purpose = "1.3.6.1.5.5.7.3.1")
    {
        var request = new CertificateRequest("CN=chat.example.org", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        using var made = request.CreateSelfSigned(begin, end);
        return made.ExportCertificatePem();
    }

    private void Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        File.SetUnixFileMode(PathOf(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private string PathOf(string name) => Path.Combine(directory.FullName, name);
}
