using System.Net.Security;
using System.Security.Authentication;

namespace Parley.Server.Certificates;

/// <summary>How a connection that this node makes is held to the other one's certificate: when it begins, and again
/// when other authorities count. Dispose it with the connection.</summary>
internal sealed class PeerTrust : IDisposable
{
    private readonly CancellationTokenSource ended = new();
    private readonly Action<PeerTrust> forget;
    private volatile byte[]? shown;

    /// <param name="node">Who was dialed.</param>
    /// <param name="options">How; the validation is set here.</param>
    /// <param name="findFault">What is wrong with what that one shows (DER; null: nothing); null: nothing.</param>
    /// <param name="forget">Called when it is disposed.</param>
    public PeerTrust(
        int node,
        SslClientAuthenticationOptions options,
        Func<byte[]?, string?> findFault,
        Action<PeerTrust> forget)
    {
        this.forget = forget;
        Node = node;
        Options = options;
        options.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            // Kept before it is looked at: who takes up other authorities in between finds it here.
            shown = certificate?.GetRawCertData();
            return findFault(shown) is { } fault ? throw new PeerRefusedException(fault) : true;
        };
    }

    public int Node { get; }

    public SslClientAuthenticationOptions Options { get; }

    /// <summary>What the other one has shown, DER; null while it has not.</summary>
    public byte[]? Shown => shown;

    /// <summary>Canceled when that counts no more.</summary>
    public CancellationToken Ended => ended.Token;

    public void End() => _ = ended.CancelAsync();

    public void Dispose()
    {
        forget(this);
        ended.Dispose();
    }
}

/// <summary>Who answered is not the node that was dialed.</summary>
internal sealed class PeerRefusedException(string message) : AuthenticationException(message);
