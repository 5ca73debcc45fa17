namespace Parley.Server.Hosting;

/// <summary>Runs one node in this process.</summary>
internal static class ParleyServer
{
    /// <summary>Runs until cancelled, SIGTERM/SIGINT, or a failure; writes <c>listening client=HOST:PORT
    /// node=HOST:PORT</c> to stderr when it takes calls. Returns the exit code (DESIGN §8: 0, 10, 11, 12).</summary>
    public static Task<int> RunAsync(ServerOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");
}
