using System.Reflection;

namespace Parley.Server.Hosting;

/// <summary>The version of this program, as others are told of it.</summary>
internal static class ProgramVersion
{
    public static string Text { get; } = typeof(ProgramVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
