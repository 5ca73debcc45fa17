using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Parley.Client.Trust;
using Parley.Local;

namespace Parley.Tests.Hooks;

/// <summary>Posts to hooks as programs do, over one connection a node.</summary>
internal sealed class HookPoster(SslClientAuthenticationOptions options) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler { SslOptions = options, UseProxy = false });

    /// <summary>Knows the cluster by its fingerprint, as our clients.</summary>
    public HookPoster(string caFingerprint)
        : this(ClusterCertificate.Options(caFingerprint, _ => { }))
    {
    }

    /// <summary>Knows the authority and looks at the host's name, as <c>curl --cacert</c>.</summary>
    public static HookPoster LikeCurl(string bundle)
    {
        using var told = JsonDocument.Parse(File.ReadAllText(bundle));
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPem(told.RootElement.GetProperty("ca").GetString());
        return new(new SslClientAuthenticationOptions { CertificateChainPolicy = policy });
    }

    public void Dispose() => http.Dispose();

    public static HttpContent Plain(string text) => new StringContent(text, Encoding.UTF8, "text/plain");

    public static HttpContent Json(string text) => new StringContent(text, Encoding.UTF8, "application/json");

    /// <summary>The answer: its status, its <c>title</c> if it is a refusal, its <c>log_index</c> if it is none; null
    /// when there came none.</summary>
    public async Task<HookReply?> PostAsync(
        LocalNode node, string token, string? key, HttpContent content, Action<HttpRequestMessage>? change = null)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri($"https://{node.HookAddress}/hooks/{token}"))
        {
            Content = content,
        };
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        change?.Invoke(request);
        try
        {
            using var response = await http.SendAsync(request, patience.Token);
            var body = await response.Content.ReadAsStringAsync(patience.Token);
            if (body.Length == 0)
            {
                return new HookReply(response.StatusCode, "", 0, 0, response.Headers.RetryAfter?.Delta);
            }

            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            return new HookReply(
                response.StatusCode,
                root.TryGetProperty("title", out var title) ? title.GetString()! : "",
                root.TryGetProperty("sequence", out var sequence) ? sequence.GetInt64() : 0,
                root.TryGetProperty("log_index", out var index) ? index.GetInt64() : 0,
                response.Headers.RetryAfter?.Delta);
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }
}

/// <summary>What a post was answered.</summary>
internal sealed record HookReply(
    HttpStatusCode Status, string Title, long Sequence, long LogIndex, TimeSpan? RetryAfter);
