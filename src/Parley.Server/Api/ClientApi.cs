using System.Net;
using Grpc.AspNetCore.Server;
using Grpc.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Server.Consensus;
using Parley.Server.Delivery;
using Parley.Server.Guarding;
using Parley.Server.Hooks;
using Parley.Server.Nodes;
using Parley.Server.Presence;
using Parley.Server.Search;
using Parley.Server.Sessions;

namespace Parley.Server.Api;

/// <summary>Puts the client-facing side into a host: services, gate, delivery, sessions.</summary>
internal static class ClientApi
{
    /// <summary>Expects from the host: NodeStore, Proposer, ReadIndexer, StateAccess, NodeView, ServerOptions,
    /// TimeProvider.</summary>
    public static IServiceCollection AddClientApi(this IServiceCollection services)
    {
        services
            .AddGrpc(options =>
            {
                // Whatever service comes to this port; what nodes say to each other has a bound of its own.
                options.MaxReceiveMessageSize = ApiLimits.RequestBytesMax;
                options.EnableDetailedErrors = false;
                options.CompressionProviders.Clear();
            })
            .AddServiceOptions<AccountApi>(Guard)
            .AddServiceOptions<SessionApi>(Guard)
            .AddServiceOptions<MessageApi>(Guard)
            .AddServiceOptions<CredentialApi>(Guard)
            .AddServiceOptions<RoomApi>(Guard)
            .AddServiceOptions<AdministrationApi>(Guard)
            .AddServiceOptions<MembershipApi>(Guard)
            .AddServiceOptions<ClusterApi>(Guard)
            .AddServiceOptions<HealthApi>(Guard)
            .AddServiceOptions<ReflectionServiceImpl>(Guard)
            .AddServiceOptions<ReflectionV1ServiceImpl>(Guard);
        services.AddGrpcReflection();

        // CallGate and UnreadableRequests say in one line each what the framework says with a stack.
        services.AddLogging(logging => logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None));

        services.AddSingleton<CallGate>();
        services.AddSingleton<SessionGate>();
        services.AddSingleton<IKeyDerivation>(Argon2id.Instance);
        services.AddSingleton<PasswordHasher>();
        services.AddSingleton<CallLimits>();
        services.AddSingleton<PasswordGuard>();
        services.AddSingleton<LoginFailureReports>();
        services.AddHostedService(provider => provider.GetRequiredService<LoginFailureReports>());
        services.AddSingleton<SendRates>();
        services.AddSingleton<SendIntake>();
        services.AddSingleton<Draining>();
        services.AddSingleton<AccountApi>();
        services.AddSingleton<SessionApi>();
        services.AddSingleton<MessageApi>();
        services.AddSingleton<CredentialApi>();
        services.AddSingleton<HookApi>();
        services.AddSingleton<RoomApi>();
        services.AddSingleton<AdministrationApi>();
        services.AddSingleton<MembershipApi>();
        services.AddSingleton<ClusterApi>();
        services.AddSingleton<HealthApi>();

        services.AddSingleton<Bell>();
        services.AddSingleton<IApplyListener>(provider => provider.GetRequiredService<Bell>());
        services.AddSingleton<Deliveries>();
        AddSearch(services);

        services.AddSingleton<SessionActivity>();
        services.AddSingleton<ISessionActivity>(provider => provider.GetRequiredService<SessionActivity>());
        services.AddSingleton<PresenceBook>().AddSingleton<PresenceLookup>();
        services.AddHostedService<LeaseKeeper>();
        services.AddHostedService<Retention>();
        services.AddHostedService<VersionRaiser>();
        services.AddHostedService<LearnerPromoter>();
        return services;
    }

    public static IEndpointRouteBuilder MapClientApi(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<AccountApi>().Add(Read);
        endpoints.MapGrpcService<SessionApi>().Add(Read);
        endpoints.MapGrpcService<MessageApi>().Add(Read);
        endpoints.MapGrpcService<CredentialApi>().Add(Read);
        endpoints.MapGrpcService<RoomApi>().Add(Read);
        endpoints.MapGrpcService<AdministrationApi>().Add(Read);
        endpoints.MapGrpcService<MembershipApi>().Add(Read);
        endpoints.MapGrpcService<ClusterApi>().Add(Read);
        endpoints.MapGrpcService<HealthApi>().Add(Read);
        endpoints.MapGrpcReflectionService().Add(OnLoopbackUntilDraining);

        HookApi.Map(endpoints);

        // At the start, not at the first password: a system without Unicode normalisation is told at once.
        endpoints.ServiceProvider.GetRequiredService<PasswordHasher>();
        return endpoints;
    }

    private static void AddSearch(IServiceCollection services)
    {
        services.AddSingleton(provider =>
        {
            var directory = provider.GetRequiredService<NodeStore>().Directory.Path;
            return new SearchIndexer(
                provider.GetRequiredService<StateAccess>(),
                Path.Combine(directory, SearchIndexer.FileName),
                () => new DriveInfo(directory).AvailableFreeSpace,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<SearchIndexer>>());
        });
        services.AddSingleton<IApplyListener>(provider => provider.GetRequiredService<SearchIndexer>());
        services.AddSingleton<MessageSearch>();
    }

    private static void Guard<TService>(GrpcServiceOptions<TService> options)
        where TService : class => options.Interceptors.Add<CallGate>();

    /// <summary>What is read before any gate runs.</summary>
    private static void Read(EndpointBuilder endpoint)
    {
        UnreadableRequests.Answer(endpoint);
        RequestArrival.Bound(endpoint);
    }

    /// <summary>Reflection helps whoever sits at the machine; its streams end when the node stops.</summary>
    private static void OnLoopbackUntilDraining(EndpointBuilder endpoint)
    {
        var answer = endpoint.RequestDelegate;
        endpoint.RequestDelegate = async http =>
        {
            if (answer is null || http.Connection.LocalIpAddress is not { } address || !IPAddress.IsLoopback(address))
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            var draining = http.RequestServices.GetRequiredService<Draining>();
            using var stop = draining.Token.Register(http.Abort);
            await answer(http);
        };
    }
}
