using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Parley.Local;
using Parley.Tests.Cluster;

namespace Parley.Tests.Operations;

/// <summary>Takes what is pushed by OTLP over gRPC, in plaintext on loopback, and keeps it.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private const string Export = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

    /// <summary>A gRPC frame of no bytes: the empty answer.</summary>
    private static readonly byte[] Nothing = new byte[5];

    private readonly ConcurrentQueue<string> taken = new();
    private readonly WebApplication app;

    private Collector()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        app = builder.Build();
        app.Run(TakeAsync);
    }

    public string Address => app.Urls.Single();

    public static async Task<Collector> StartAsync()
    {
        var collector = new Collector();
        await collector.app.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    /// <summary>Waits for a push with this name; names stand in it as they are.</summary>
    public Task HasTakenAsync(string name, CancellationToken cancellationToken) => Until.TrueAsync(
        _ => Task.FromResult(taken.Any(push => push.Contains(name, StringComparison.Ordinal))),
        TestCluster.Patience,
        () => $"{taken.Count} pushes, none with {name}",
        cancellationToken);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (context.Request.Path == Export)
        {
            taken.Enqueue(Encoding.Latin1.GetString(body.ToArray()));
        }

        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(Nothing, context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
