using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Systemd;
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
        services.AddSingleton<ISystemdNotifier, SystemdNotifier>();
        services.AddSingleton(Watchdog.Read(Environment.GetEnvironmentVariable, Environment.ProcessId));
        services.AddSingleton<SystemdReports>();
        services.AddHostedService(provider => provider.GetRequiredService<SystemdReports>());
        AdminListener.AddMetrics(services, options);
        return services;
    }
}
