using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;

namespace Parley.Server.Operations;

/// <summary>Puts what operators look at into a host.</summary>
internal static class OperationServices
{
    /// <summary>Expects from the host what the client-facing side does, and that side itself.</summary>
    public static IServiceCollection AddOperations(
        this IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton<NodeConditions>();
        services.AddHostedService(provider => provider.GetRequiredService<NodeConditions>());
        services.AddSingleton<NodeMetrics>();
        AdminListener.AddMetrics(services, options);
        return services;
    }
}
