using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Parley.Server.Certificates;
using Parley.Server.Hosting;

namespace Parley.Tests.Server;

/// <summary>How a node holds those it dials to their certificates, also after the handshake.</summary>
[Trait("Promise", "8")]
public sealed class NodeTlsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("parley-tls-");
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public async Task Whom_a_retired_authority_vouched_for_is_left_and_nobody_else()
    {
        ClusterFiles.Create(
            directory.FullName,
            "",
            [.. Enumerable.Range(1, 3).Select(id => new BundleMember(id, $"10.0.0.{id}:7401", $"10.0.0.{id}:7501"))],
            time.GetUtcNow());
        var settings = new Dictionary<string, string> { ["bundle"] = PathOf(1) };
        var options = ServerOptionsReader.Read(settings, [])!;
        using var tls = new NodeTls(options, time, NullLogger<NodeTls>.Instance);
        using var shown = CertificateOf(2);
        using var old = tls.TrustIn(2)!;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        old.Ended.Register(ended.SetResult);

        Assert.True(IsTaken(old, shown));
        ClusterFiles.ReplaceAuthority(directory.FullName, time.GetUtcNow());
        time.Advance(CertificateLimits.LookEvery);
        using var renewed = CertificateOf(2);
        using var current = tls.TrustIn(2)!;
        Assert.True(IsTaken(current, renewed));
        Assert.True(IsTaken(old, shown));
        Assert.False(ended.Task.IsCompleted);

        ClusterFiles.RetirePredecessor(directory.FullName, time.GetUtcNow());
        time.Advance(CertificateLimits.LookEvery);

        await ended.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.False(current.Ended.IsCancellationRequested);
        Assert.Throws<PeerRefusedException>(() => IsTaken(current, shown));
        Assert.True(IsTaken(current, renewed));
    }

    private static bool IsTaken(PeerTrust trust, X509Certificate2 shown) =>
        trust.Options.RemoteCertificateValidationCallback!(
            trust, shown, chain: null, System.Net.Security.SslPolicyErrors.None);

    private X509Certificate2 CertificateOf(int node) =>
        X509Certificate2.CreateFromPem(NodeBundle.Load(PathOf(node)).Certificate);

    private string PathOf(int node) => Path.Combine(directory.FullName, NodeBundle.FileNameOf(node));
}
