using System.Text.Json;
using Parley.Server.Certificates;
using Parley.Server.Hosting;

namespace Parley.Fuzz.Targets;

/// <summary>The file of a bundle, and that of the authority: read, or refused in words.</summary>
internal sealed class BundleTarget : FuzzTarget
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-fuzz-");
    private readonly string bundle;
    private readonly string authority;

    public BundleTarget()
    {
        ClusterFiles.Create(
            folder.FullName,
            "our chat",
            [new(1, "10.0.0.1:7401", "10.0.0.1:7501")],
            TimeProvider.System.GetUtcNow());
        bundle = Path.Combine(folder.FullName, NodeBundle.FileNameOf(1));
        authority = Path.Combine(folder.FullName, AuthorityFile.FileName);
        Seeds = [File.ReadAllBytes(bundle), File.ReadAllBytes(authority), NullsIn(bundle), NullsIn(authority)];
    }

    public override IReadOnlyList<byte[]> Seeds { get; }

    public override IReadOnlyList<byte[]> Tokens { get; } = BytesOf(
        "null", "[]", "{}", "[null]", "\"members\":", "\"key\":", "\"ca\":", "-----BEGIN CERTIFICATE-----", "\\n");

    public override int Cost => 5;

    public override void Check(byte[] input)
    {
        File.WriteAllBytes(bundle, input);
        var errors = new List<string>();
        var options = ServerOptionsReader.Read(new Dictionary<string, string> { ["bundle"] = bundle }, errors);
        Property.Holds(options is null == errors.Count > 0);
        File.WriteAllBytes(authority, input);
        Property.Accepts<BundleRefusedException>(() => AuthorityFile.Load(authority));
    }

    protected override void CleanUp() => folder.Delete(recursive: true);

    /// <summary>The same file with every value null but the format.</summary>
    private static byte[] NullsIn(string path)
    {
        using var parsed = JsonDocument.Parse(File.ReadAllBytes(path));
        return JsonSerializer.SerializeToUtf8Bytes(parsed.RootElement.EnumerateObject().ToDictionary(
            field => field.Name, field => field.NameEquals("format") ? field.Value.GetString() : null));
    }
}
