using Parley.Fuzz.Targets;

namespace Parley.Fuzz;

/// <summary>All targets by name, as <c>.ci/fuzz</c> and the tests call them.</summary>
internal static class FuzzTargets
{
    private static readonly Dictionary<string, Func<FuzzTarget>> Targets = new(StringComparer.Ordinal)
    {
        ["requests"] = () => new RequestTarget(),
        ["commands"] = () => new CommandTarget(),
        ["log"] = () => new LogTarget(),
        ["state-file"] = () => new StateFileTarget(),
        ["page-token"] = () => new PageTokenTarget(),
        ["configuration"] = () => new ConfigurationTarget(),
        ["sanitizer"] = () => new SanitizerTarget(),
        ["link"] = () => new LinkTarget(),
        ["node-messages"] = () => new NodeMessageTarget(),
        ["answers"] = () => new AnswerTarget(),
        ["bundle"] = () => new BundleTarget(),
        ["certificate"] = () => new CertificateTarget(),
        ["client-store"] = () => new ClientStoreTarget(),
    };

    public static IReadOnlyCollection<string> Names => Targets.Keys;

    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public static FuzzTarget Get(string name) => Targets.TryGetValue(name, out var make)
        ? make()
        : throw new ArgumentException($"target: one of {string.Join(", ", Names)} expected, '{name}' found");
}
