using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Parley.Core;
using Parley.Raft.Formation;
using Parley.Raft.Storage;
using Parley.Server.Api;
using Parley.Server.Certificates;
using Parley.Server.Consensus;
using Parley.Server.Guarding;
using Parley.Server.Hooks;
using Parley.Server.Nodes;
using Parley.Server.Operations;

namespace Parley.Server.Hosting;

/// <summary>Runs one node in this process.</summary>
internal static class ParleyServer
{
    private const int ExitRefused = 1;
    private const int ExitUsage = 2;
    private const int NodeMessageBytesMax = 64 << 20;

    private static readonly TimeSpan ShutdownMax = TimeSpan.FromSeconds(1);

    /// <summary>Runs until cancelled, SIGTERM/SIGINT, or a failure; writes <c>listening client=HOST:PORT
    /// node=HOST:PORT</c> to stderr when it takes calls. Returns the exit code (docs/operations.md: 0, 10, 11, 12, 13;
    /// 1 when an address is taken).</summary>
    public static async Task<int> RunAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        NodeStore store;
        try
        {
            store = NodeStore.Open(options, TimeProvider.System);
        }
        catch (Exception exception) when (
            exception is DataDirectoryRefusedException or LogDamagedException or StateDamagedException
                or UnknownStateVersionException or StateStorageException or StorageFailedException or IOException
                or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"parley: {exception.Message}");
            return ProcessEnd.CodeOf(exception);
        }

        if (store.Directory.Stamp.Stage == FormationStage.Empty && !options.Join
            && ServerOptionsRules.FindErrorOfFounding(options) is { } error)
        {
            await Console.Error.WriteLineAsync($"parley: {error}");
            store.Dispose();
            return ExitUsage;
        }

        using var stop = new StopSignals(options.ExitWithStdin, cancellationToken);
        await using var app = Build(options, store);
        try
        {
            if (store.IsFormed)
            {
                // Before anybody can connect: whoever finds this node up shall not find it without its cluster.
                ProcessEnd.Guard("starting", app.Services.GetRequiredService<NodeRuntime>().Start);
            }

            await app.StartAsync(CancellationToken.None);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync(
                $"parley: {exception.Message} Choose another port, or stop what has it.");
            store.Dispose();
            return ExitRefused;
        }

        await Console.Error.WriteLineAsync($"listening client={options.Listen} node={options.NodeListen}");
        app.Services.GetRequiredService<SystemdReports>().Ready();
        var code = await RunNodeAsync(app, stop);
        store.Dispose();
        return code;
    }

    private static async Task<int> RunNodeAsync(WebApplication app, StopSignals stop)
    {
        var runtime = app.Services.GetRequiredService<NodeRuntime>();
        var formation = app.Services.GetRequiredService<FormationDriver>();
        var store = app.Services.GetRequiredService<NodeStore>();
        var systemd = app.Services.GetRequiredService<SystemdReports>();
        var restart = app.Services.GetRequiredService<RestartOrder>();
        using var ended = new CancellationTokenSource();
        var forming = formation.RunAsync(ended.Token);
        try
        {
            await formation.Formed.WaitAsync(stop.Token);
            if (!store.IsFormed)
            {
                ProcessEnd.Guard("starting", () =>
                {
                    store.CreateLog();
                    runtime.Start();
                });
            }

            await Task.WhenAny(store.Removed, restart.Given).WaitAsync(stop.Token);
            systemd.Stopping();
            if (restart.Given.IsCompleted)
            {
                await runtime.HandOverAsync();
            }
            else
            {
                await Console.Error.WriteLineAsync($"parley: {await store.Removed}");
            }

            await runtime.DrainAsync();
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            systemd.Stopping();
            await runtime.HandOverAsync();
            await runtime.DrainAsync();
        }

        await ended.CancelAsync();
        await forming;
        using var deadline = new CancellationTokenSource(ShutdownMax);
        runtime.EndStreams();
        await app.StopAsync(deadline.Token);
        ProcessEnd.Guard("stopping", runtime.Stop);
        app.Services.GetRequiredService<StateAccess>().Dispose();
        return restart.Given.IsCompleted ? ProcessEnd.RestartAsked : 0;
    }

    private static WebApplication Build(ServerOptions options, NodeStore store)
    {
        // The other builders read appsettings.json of the current folder and watch the folder with all below it (seen:
        // 6 % of a node's CPU, for its data lay there). Settings come from ServerOptions alone.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        LogLines.AddTo(builder.Logging, options.LogsAreJson);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownMax);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        AddNode(builder.Services, options, store);
        builder.Services.AddClientApi();
        builder.Services.AddOperations(options);
        var app = builder.Build();
        if (options.Bundle is not null && options.PasswordHashKib < ServerOptions.PasswordHashKibDefault)
        {
            Log.PasswordHashesCheap(app.Logger, options.PasswordHashKib, ServerOptions.PasswordHashKibDefault);
        }

        // Made before anybody calls: watchers are told of a node that waits for its cluster, too.
        app.Services.GetRequiredService<NodeMetrics>();
        if (options.AdminListen is { } admin)
        {
            AdminListener.Use(app, GetAddress(admin, options).Port);
        }

        var nodePort = GetAddress(options.NodeListen, options).Port;
        var hookPort = options.HttpListen is { } address ? GetAddress(address, options).Port : 0;
        app.Use((context, next) =>
        {
            // Each listener serves its own callers only: clients cannot reach what nodes say to each other. Routing
            // takes no heed of case, so neither does this.
            var isForNodes = context.Request.Path.StartsWithSegments(
                "/parley.node.v1.NodeService", StringComparison.OrdinalIgnoreCase);
            var isForHooks = context.Request.Path.StartsWithSegments(HookApi.Place, StringComparison.OrdinalIgnoreCase);
            var port = context.Connection.LocalPort;
            if (isForNodes == (port == nodePort) && isForHooks == (port == hookPort))
            {
                return ListenerGuards.RunAsync(context, next, isForNodes);
            }

            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        app.MapGrpcService<NodeApi>();
        app.MapClientApi();
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MinRequestBodyDataRate = null; // Streams are silent for long.
        kestrel.Limits.MinResponseDataRate = null;
        var tls = kestrel.ApplicationServices.GetRequiredService<NodeTls>();
        var guards = new ListenerGuards(
            kestrel.ApplicationServices.GetRequiredService<StateAccess>(),
            kestrel.ApplicationServices.GetRequiredService<TimeProvider>());
        guards.Bound(kestrel.Limits);
        kestrel.Listen(GetAddress(options.Listen, options).ListenPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            guards.Clients.Guard(listen);
            tls.Protect(listen, forNodes: false);
        });
        kestrel.Listen(GetAddress(options.NodeListen, options).ListenPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            guards.Nodes.Guard(listen);
            tls.Protect(listen, forNodes: true);
        });
        if (options.HttpListen is { } address)
        {
            kestrel.Listen(GetAddress(address, options).ListenPoint, listen =>
            {
                // Without TLS nothing says which of both it is.
                listen.Protocols = options.Bundle is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                guards.Clients.Guard(listen);
                tls.Protect(listen, forNodes: false);
            });
        }

        if (options.AdminListen is { } admin)
        {
            kestrel.Listen(
                GetAddress(admin, options).ListenPoint, listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    guards.Watchers.Guard(listen);
                });
        }
    }

    private static HostPort GetAddress(string text, ServerOptions options) =>
        HostPort.TryParse(text, out var address) && (address.IsLoopback || options.Bundle is not null)
            ? address
            : throw new ArgumentException($"{text}: a loopback address expected: plaintext is spoken on loopback only");

    private static void AddNode(IServiceCollection services, ServerOptions options, NodeStore store)
    {
        services.AddSingleton(options);
        services.AddSingleton(store);
        services.AddSingleton(store.Directory);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<NodeTls>();
        services.AddSingleton<IHostLifetime, SignalsElsewhere>();
        services.AddSingleton(new StartNonce(RandomNumbers.Draw()));
        services.AddSingleton(new NodeView(NodePictures.BeforeFormation(options, "")));
        services.AddSingleton(
            provider => new StateAccess(store.OpenedState, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<LogTime>();
        services.AddSingleton<DigestWatch>();
        services.AddSingleton<ReadIndexer>();
        services.AddSingleton(provider =>
        {
            var state = provider.GetRequiredService<StateAccess>();
            var logTime = provider.GetRequiredService<LogTime>();
            return new Proposer(
                new ProposerOptions
                {
                    Self = new Raft.NodeId(options.Id),
                    StartNonce = provider.GetRequiredService<StartNonce>().Value,
                    LeaderlessMax = options.ElectionTimeout * 2,
                },
                () => new ProposalStamp(state.StateVersion, logTime.NowUs),
                provider.GetRequiredService<TimeProvider>());
        });
        services.AddSingleton<NodeRuntime>();
        services.AddSingleton<FormationDriver>();
        services.AddSingleton<MemberChanges>();
        services.AddSingleton<RestartOrder>();
        services.AddSingleton<Restarts>();
        services.AddSingleton<NodeApi>();
        services.AddSingleton<ForwardedCommands>();
        services.AddGrpc().AddServiceOptions<NodeApi>(grpc =>
        {
            grpc.MaxReceiveMessageSize = NodeMessageBytesMax;
            grpc.MaxSendMessageSize = NodeMessageBytesMax;
        });
    }

    /// <summary>The host shall not listen to signals: <see cref="StopSignals"/> does.</summary>
    private sealed class SignalsElsewhere : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
