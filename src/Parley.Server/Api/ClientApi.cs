using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Api;

/// <summary>Registers and maps everything clients call.</summary>
internal static class ClientApi
{
    public static IServiceCollection AddClientApi(this IServiceCollection services) => services;

    public static IEndpointRouteBuilder MapClientApi(this IEndpointRouteBuilder endpoints) => endpoints;
}
