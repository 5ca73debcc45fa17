using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley.Server.Certificates;

/// <summary>
/// All that one node needs to know, as one JSON file (0600): who it is, who the members are, and its certificate. The
/// names of its fields stand in docs/operations.md; unknown ones are refused.
/// </summary>
internal sealed record NodeBundle
{
    /// <summary>What <see cref="Format"/> says in a file of this kind.</summary>
    public const string FormatName = "parley-node-1";

    public required string Format { get; init; }

    /// <summary>The authority's cluster number, 32 hexadecimal digits.</summary>
    public required string Cluster { get; init; }

    /// <summary>The cluster's name, for people.</summary>
    public required string Name { get; init; }

    /// <summary>This node's id.</summary>
    public required int Node { get; init; }

    /// <summary>All members, this one included, ascending by id.</summary>
    public required IReadOnlyList<BundleMember> Members { get; init; }

    /// <summary>PEM: the node's certificate.</summary>
    public required string Certificate { get; init; }

    /// <summary>PEM (PKCS #8): its key.</summary>
    public required string Key { get; init; }

    /// <summary>PEM: the authority's certificate; its predecessor's after it, while that one counts, too. No other
    /// does.
    /// </summary>
    public required string Ca { get; init; }

    /// <summary>The member this bundle is for.</summary>
    [JsonIgnore]
    public BundleMember Self => Members.First(member => member.Id == Node);

    /// <summary>The name of a node's file.</summary>
    public static string FileNameOf(int node) => FormattableString.Invariant($"node-{node}.parley");

    /// <summary>Reads and checks a bundle.</summary>
    /// <exception cref="BundleRefusedException">It is not there, open to others, or no bundle.</exception>
    public static NodeBundle Load(string path)
    {
        var text = SecretFile.Read(path);
        try
        {
            var bundle = JsonSerializer.Deserialize(text, BundleJson.Default.NodeBundle);
            if (bundle is null || bundle.Format != FormatName)
            {
                throw new BundleRefusedException(
                    $"{path}: format {FormatName} expected, '{bundle?.Format}' found; "
                    + "give a node-N.parley that 'parley cluster init' wrote");
            }

            if (bundle.Members.Any(member => member is null)
                || bundle.Members.Count(member => member.Id == bundle.Node) != 1)
            {
                throw new BundleRefusedException($"{path}: node {bundle.Node} expected once among its members");
            }

            using var credentials = NodeCredentials.Of(bundle);
            return credentials.FindFault() is { } fault
                ? throw new BundleRefusedException($"{path}: its certificate {fault}")
                : bundle;
        }
        catch (Exception exception) when (IsSomethingElse(exception))
        {
            throw new BundleRefusedException(
                $"{path}: a bundle as 'parley cluster init' writes it expected; {exception.Message}");
        }
    }

    /// <summary>What is thrown for a text that is no bundle and no authority; a key of a curve that nobody knows is
    /// "not valid for this platform" (System.Security.Cryptography on OpenSSL, .NET 10).</summary>
    internal static bool IsSomethingElse(Exception exception) => exception is
        JsonException or CryptographicException or ArgumentException or PlatformNotSupportedException;

    /// <summary>Writes it, for its owner alone.</summary>
    public void Save(string path) =>
        SecretFile.Write(path, JsonSerializer.Serialize(this, BundleJson.Default.NodeBundle));
}

/// <summary>A bundle, and where it came from.</summary>
internal sealed record BundleFile(string Path, NodeBundle Content);

/// <summary>One member of a cluster.</summary>
/// <param name="Id">From 1.</param>
/// <param name="Client">HOST:PORT where clients connect.</param>
/// <param name="Node">HOST:PORT where the other nodes connect.</param>
internal sealed record BundleMember(int Id, string Client, string Node);

/// <summary>What <c>cluster init</c> keeps to make further certificates: stays with the operator, never on a node.
/// </summary>
internal sealed record AuthorityFile
{
    public const string FormatName = "parley-ca-1";
    public const string FileName = "ca.parley";

    public required string Format { get; init; }

    public required string Cluster { get; init; }

    public required string Name { get; init; }

    public required IReadOnlyList<BundleMember> Members { get; init; }

    /// <summary>PEM.</summary>
    public required string Certificate { get; init; }

    /// <summary>PEM (PKCS #8).</summary>
    public required string Key { get; init; }

    /// <summary>PEM: the authority before this one, while it counts; null: it does not, or there was none.</summary>
    public string? Predecessor { get; init; }

    /// <summary>PEM: the certificate that the predecessor made for this authority.</summary>
    public string? PredecessorsWord { get; init; }

    /// <summary>PEM: the authorities that count, the newest first.</summary>
    [JsonIgnore]
    public string Authorities => Predecessor is null ? Certificate : $"{Certificate}\n{Predecessor}";

    /// <exception cref="BundleRefusedException">It is not there, open to others, or something else.</exception>
    public static AuthorityFile Load(string path)
    {
        var text = SecretFile.Read(path);
        try
        {
            if (JsonSerializer.Deserialize(text, BundleJson.Default.AuthorityFile) is not { Format: FormatName } file)
            {
                throw new BundleRefusedException($"{path}: format {FormatName} expected");
            }

            using var authority = ClusterAuthority.Load(file.Cluster, file.Certificate, file.Key);
            return file.Members.All(member => member is not null)
                ? file
                : throw new BundleRefusedException($"{path}: members with addresses expected, one that is null found");
        }
        catch (Exception exception) when (NodeBundle.IsSomethingElse(exception))
        {
            throw new BundleRefusedException($"{path}: the file that 'parley cluster init' writes expected; "
                + exception.Message);
        }
    }

    public void Save(string path) =>
        SecretFile.Write(path, JsonSerializer.Serialize(this, BundleJson.Default.AuthorityFile));
}

/// <summary>How both files are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(NodeBundle))]
[JsonSerializable(typeof(AuthorityFile))]
internal sealed partial class BundleJson : JsonSerializerContext;
