using System.Globalization;
using System.Net;
using System.Net.Mime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Parley.Server.Consensus;
using Parley.Server.Hosting;

namespace Parley.Server.Operations;

/// <summary>
/// What watchers ask a node on an address of its own: <c>/metrics</c> in Prometheus' text form, <c>/healthz</c> (the
/// process lives; it knows nothing of consensus, so that nobody restarts five nodes over one network), <c>/readyz</c>
/// (a leader is known, the node has caught up, its disk takes writes).
/// </summary>
internal static class AdminListener
{
    private const string Metrics = "/metrics";
    private const string Health = "/healthz";
    private const string Ready = "/readyz";
    private const int PushMilliseconds = 5_000;

    /// <summary>.NET's own: memory, garbage collection, thread pool; and Kestrel's calls and connections.</summary>
    private static readonly string[] PlatformMeters =
        ["System.Runtime", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Hosting"];

    /// <summary>Gathers metrics if anybody is to get them.</summary>
    public static void AddMetrics(IServiceCollection services, ServerOptions options)
    {
        services.AddMetrics();
        if (options.AdminListen is null && options.OtlpEndpoint is null)
        {
            return;
        }

        services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(
            "parley",
            serviceInstanceId: options.Id.ToString(CultureInfo.InvariantCulture))).WithMetrics(metrics =>
        {
            metrics.AddMeter(NodeMetrics.MeterName).AddMeter(PlatformMeters);
            if (options.AdminListen is not null)
            {
                metrics.AddPrometheusExporter(exporter => exporter.ScrapeResponseCacheDurationMilliseconds = 0);
            }

            if (options.OtlpEndpoint is { } endpoint)
            {
                metrics.AddOtlpExporter((exporter, reader) =>
                {
                    exporter.Endpoint = endpoint;
                    exporter.Protocol = OtlpExportProtocol.Grpc; // The environment may say otherwise.
                    reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = PushMilliseconds;
                });
            }
        });
    }

    /// <summary>Takes over what comes in at this port, and only there.</summary>
    public static void Use(WebApplication app, int port)
    {
        var view = app.Services.GetRequiredService<NodeView>();
        app.UseWhen(
            context => context.Connection.LocalPort == port,
            branch =>
            {
                branch.Use((context, next) => IsMeant(context.Request.Host)
                    ? next(context)
                    : WriteAsync(context, HttpStatusCode.NotFound, "Host: a loopback name expected"));
                branch.UseOpenTelemetryPrometheusScrapingEndpoint(context => IsFor(context, Metrics));
                branch.Run(context => AnswerAsync(context, view));
            });
    }

    private static Task AnswerAsync(HttpContext context, NodeView view)
    {
        if (IsFor(context, Health))
        {
            return WriteAsync(context, HttpStatusCode.OK, "alive");
        }

        if (!IsFor(context, Ready))
        {
            return WriteAsync(context, HttpStatusCode.NotFound, $"GET {Metrics}, {Health} or {Ready} expected");
        }

        var picture = view.Current;
        return picture.IsServing
            ? WriteAsync(context, HttpStatusCode.OK, "ready")
            : WriteAsync(context, HttpStatusCode.ServiceUnavailable, $"not ready: {picture.NotServingFor}");
    }

    /// <summary>A page in a browser of this machine may reach this address under a name of its own, and shall not read
    /// what is told here.</summary>
    private static bool IsMeant(HostString host) =>
        !host.HasValue
        || string.Equals(host.Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host, out var address) && IPAddress.IsLoopback(address));

    private static bool IsFor(HttpContext context, string path) =>
        (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        && context.Request.Path == path;

    private static Task WriteAsync(HttpContext context, HttpStatusCode status, string text)
    {
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = $"{MediaTypeNames.Text.Plain}; charset=utf-8";
        return context.Response.WriteAsync($"{text}\n", context.RequestAborted);
    }
}
