using Parley.Client;
using Parley.CommandLine;

namespace Parley.Verbs;

/// <summary>Lists of client addresses, HOST:PORT.</summary>
internal static class NodeAddresses
{
    /// <summary>Where <c>parley demo</c> serves.</summary>
    public static readonly IReadOnlyList<string> Default =
        ["127.0.0.1:7401", "127.0.0.1:7402", "127.0.0.1:7403", "127.0.0.1:7404", "127.0.0.1:7405"];

    /// <summary>Reads HOST:PORT,HOST:PORT.</summary>
    /// <exception cref="VerbFailedException">An item is something else.</exception>
    public static IReadOnlyList<string> Parse(string list) =>
    [
        .. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Check),
    ];

    /// <summary>Reads a link.</summary>
    /// <exception cref="VerbFailedException">It is none.</exception>
    public static ClusterLink ParseLink(string text) =>
        ClusterLink.Find(text, out var error) ?? throw new VerbFailedException(ExitCodes.Usage, error);

    /// <summary>The address itself.</summary>
    /// <exception cref="VerbFailedException">It is none.</exception>
    public static string Check(string address) => ClusterLink.IsAddress(address)
        ? address
        : throw new VerbFailedException(ExitCodes.Usage, $"nodes: HOST:PORT expected, '{address}' found");
}
