using System.Security.Cryptography.X509Certificates;

namespace Parley.Server.Certificates;

/// <summary>Lives and bounds of certificates.</summary>
internal static class CertificateLimits
{
    /// <summary>Clocks of machines differ: a certificate is valid from this long before it was made.</summary>
    public static readonly TimeSpan Backdating = TimeSpan.FromDays(1);

    public static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3_650);

    public static readonly TimeSpan NodeLife = TimeSpan.FromDays(365);

    /// <summary>From this long before the end of a certificate, nodes warn.</summary>
    public static readonly TimeSpan WarnBefore = TimeSpan.FromDays(30);

    /// <summary>A warning is logged again after this long.</summary>
    public static readonly TimeSpan WarningLoggedEvery = TimeSpan.FromDays(1);

    /// <summary>How often a node looks whether its bundle was replaced.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    /// <summary>Whoever connects and does not finish the handshake within this time is cut.</summary>
    public static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(5);

    /// <summary>Refused callers are logged this often at most.</summary>
    public static readonly TimeSpan RefusalsLoggedEvery = TimeSpan.FromSeconds(1);

    /// <summary>How long before its end an operator's is warned of: at most in the last third of its life, for some are
    /// made to be renewed every few days.</summary>
    public static TimeSpan WarnTime(X509Certificate2 certificate)
    {
        var third = (certificate.NotAfter - certificate.NotBefore) / 3;
        return third < WarnBefore ? third : WarnBefore;
    }

    public const int SerialBytes = 16;

    public const int FileBytesMax = 1 << 20;

    /// <summary>Certificates that one certificate carries: its authority's, that one's by its predecessor, the
    /// predecessor's.</summary>
    public const int CarriedMax = 4;
}
