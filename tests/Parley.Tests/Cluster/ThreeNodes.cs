using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parley.Client;
using Parley.Client.Storage;
using Parley.Local;

namespace Parley.Tests.Cluster;

/// <summary>Three nodes with certificates, for the tests of a class; node 1 has one more, by an authority of the
/// operator's, for clients that call it localhost.</summary>
public sealed class ThreeNodes : IAsyncLifetime
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("parley-three-");

    private TestCluster? cluster;

    /// <summary>PEM: the operator's authority.</summary>
    public string RootFile => Path.Combine(directory.FullName, "root.pem");

    internal TestCluster Cluster => cluster!;

    public async ValueTask InitializeAsync()
    {
        MakeOperators();
        cluster = await TestCluster.StartAsync(TestCluster.Options with
        {
            Size = 3,
            Certificates = true,
            ArgumentsOf = id => id == 1
                ?
                [
                    "--certificate", Path.Combine(directory.FullName, "chat.pem"),
                    "--certificate-key", Path.Combine(directory.FullName, "chat.key"),
                ]
                : [],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (cluster is not null)
        {
            await cluster.DisposeAsync();
        }

        directory.Delete(recursive: true);
    }

    /// <summary>Runs a verb with a home of its own, and these roots as the machine's.</summary>
    internal async Task<(int Code, string Text)> RunAsync(string? roots, params string[] arguments)
    {
        var (file, leading) = ParleyExecutable.Find();
        using var process = Process.Start(new ProcessStartInfo(file, [.. leading, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["XDG_STATE_HOME"] = directory.CreateSubdirectory("home").FullName,
                ["PARLEY_PASSWORD"] = TestCluster.Password,
                ["SSL_CERT_FILE"] = roots ?? "/dev/null",
            },
        })!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    /// <summary>The link that verbs have kept in that home.</summary>
    internal ClusterLink? FindLink() =>
        new SessionStore(Path.Combine(directory.FullName, "home", "parley")).FindLink()?.Link;

    private void MakeOperators()
    {
        var (now, serial) = (TimeProvider.System.GetUtcNow(), RandomNumberGenerator.GetBytes(8));
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = new CertificateRequest("CN=Operator's root", rootKey, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        using var itself = root.CreateSelfSigned(now.AddDays(-2), now.AddDays(90));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=chat", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var made = request.Create(itself, now.AddDays(-1), now.AddDays(60), serial);
        File.WriteAllText(RootFile, itself.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory.FullName, "chat.pem"), made.ExportCertificatePem());
        var keyFile = Path.Combine(directory.FullName, "chat.key");
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The port of a node for clients.</summary>
    internal string PortOf(int id)
    {
        var address = Cluster.Nodes.Node(id).ClientAddress;
        return string.Create(CultureInfo.InvariantCulture, $"{address.AsSpan(address.LastIndexOf(':') + 1)}");
    }
}
