using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Server.Certificates;

/// <summary>A certificate for the client port that the cluster's authority did not make: for clients that ask for a
/// host by its name, and trust whom their machine trusts.</summary>
internal sealed class OperatorCertificate
{
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";

    private readonly X509Certificate2 certificate;

    private OperatorCertificate(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        this.certificate = certificate;
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    public SslStreamCertificateContext Context { get; }

    public string Thumbprint => certificate.Thumbprint;

    public DateTime NotAfter => certificate.NotAfter.ToUniversalTime();

    /// <summary>Reads and checks it.</summary>
    /// <param name="certificatePath">PEM: the certificate first, those between it and a root after it.</param>
    /// <param name="keyPath">PEM: its key, not encrypted, for its owner's eyes alone.</param>
    /// <param name="now">It must count now.</param>
    /// <exception cref="BundleRefusedException">It is of no use: which setting, what was expected, what was found.
    /// </exception>
    public static OperatorCertificate Load(string certificatePath, string keyPath, DateTimeOffset now)
    {
        var pem = Named("certificate", () => File.ReadAllText(certificatePath));
        var key = Named("certificate-key", () => SecretFile.Read(keyPath));
        var chain = new X509Certificate2Collection();
        Named("certificate", () =>
        {
            chain.ImportFromPem(pem);
            return chain.Count > 0 ? chain : throw new BundleRefusedException(
                $"{certificatePath}: PEM with BEGIN CERTIFICATE expected, none found");
        });
        var made = Named("certificate-key", () => Join(certificatePath, pem, keyPath, key));
        var (begins, ends) = (made.NotBefore.ToUniversalTime(), made.NotAfter.ToUniversalTime());
        if (begins > now.UtcDateTime || ends < now.UtcDateTime)
        {
            throw new BundleRefusedException(
                $"certificate: {certificatePath}: a certificate that counts now expected, one valid from "
                + $"{begins:u} to {ends:u} found; renew it, or look at this machine's clock");
        }

        if (made.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } purposes
            && purposes.EnhancedKeyUsages[ServerPurpose] is null)
        {
            throw new BundleRefusedException(
                $"certificate: {certificatePath}: a certificate for servers (TLS Web Server Authentication) expected, "
                + "one for other purposes found");
        }

        chain.RemoveAt(0);
        return new OperatorCertificate(made, chain);
    }

    /// <summary>A sentence for the operator when it ends soon, or has ended; null otherwise.</summary>
    public string? FindWarning(int node, DateTimeOffset now)
    {
        if (NotAfter - now.UtcDateTime > CertificateLimits.WarnTime(certificate))
        {
            return null;
        }

        var verb = NotAfter < now.UtcDateTime ? "ended" : "ends";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"node {node}: the certificate that it was given for clients {verb} on {NotAfter:yyyy-MM-dd}; put a new ")
            + "one in its place";
    }

    private static X509Certificate2 Join(string certificatePath, string pem, string keyPath, string key)
    {
        if (key.Contains("BEGIN ENCRYPTED", StringComparison.Ordinal))
        {
            throw new BundleRefusedException(
                $"{keyPath}: a key that is not encrypted expected, an encrypted one found; openssl pkey -in {keyPath}");
        }

        try
        {
            return X509Certificate2.CreateFromPem(pem, key);
        }
        catch (Exception exception) when (NodeBundle.IsSomethingElse(exception))
        {
            throw new BundleRefusedException(
                $"{keyPath}: the key of {certificatePath} as PEM expected, another or none found "
                + $"({exception.Message})");
        }
    }

    private static T Named<T>(string setting, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is BundleRefusedException or IOException
            or UnauthorizedAccessException or CryptographicException)
        {
            throw new BundleRefusedException($"{setting}: {exception.Message}");
        }
    }
}

/// <summary>Where an operator's certificate for clients is, and what it held at the start.</summary>
internal sealed record OperatorCertificateFile(string CertificatePath, string KeyPath, OperatorCertificate Content);
