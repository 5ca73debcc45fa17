using System.Globalization;
using Parley.Core;
using Parley.Raft.Formation;
using Parley.Raft.Storage;
using Parley.Server.Certificates;
using Parley.Server.Consensus;
using Parley.Server.Hosting;

namespace Parley.Server.Inspection;

/// <summary>What a data directory, a bundle and the program say of themselves, in lines for a bug report: no secret is
/// among it. The node may run.</summary>
internal static class NodeFacts
{
    private const string CountQuestion =
        "SELECT (SELECT COUNT(*) FROM accounts) AS accounts, (SELECT COUNT(*) FROM sessions) AS sessions, "
        + "(SELECT COUNT(*) FROM conversations) AS conversations, (SELECT COUNT(*) FROM messages) AS messages";

    /// <summary>Of this program.</summary>
    public static IEnumerable<string> Versions =>
    [
        $"program {ProgramVersion.Text}",
        Say($"state version up to {ChatState.StateVersionMax}, file format up to {ChatState.FileFormatMax}"),
    ];

    /// <summary>Whose it is, and what keeps it from being used.</summary>
    /// <exception cref="DataDirectoryRefusedException">It has no stamp.</exception>
    /// <exception cref="FormatException">The stamp is damaged.</exception>
    public static IEnumerable<string> OfDirectory(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, StampFile.Name);
        if (!File.Exists(path))
        {
            throw new DataDirectoryRefusedException(
                $"{dataDirectory}: a node's data directory expected, no {StampFile.Name} found in it");
        }

        var stamp = NodeStampCodec.Decode(File.ReadAllBytes(path));
        return
        [
            Say($"node {stamp.Self.Value}, cluster {stamp.ClusterId}, {stamp.Stage}, has a log: {stamp.HasLog}"),
            .. stamp.Members.Select(member => Say($"founding member {member.Id.Value}={member.Address}")),
            .. from name in (string[])[DivergenceFile.Name, RemovalFile.Name, JoinFile.Name]
               let found = MarkFile.Find(dataDirectory, name)
               where found is not null
               select $"{name}: {found}",
        ];
    }

    /// <summary>All files: what they are called, how large and how old they are, and who may read them.</summary>
    public static IEnumerable<string> FilesOf(string dataDirectory) =>
        from file in new DirectoryInfo(dataDirectory).GetFiles("*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
        })
        let name = Path.GetRelativePath(dataDirectory, file.FullName)
        orderby name
        select Say($"{name}  {file.Length} bytes  {file.LastWriteTimeUtc:yyyy-MM-dd'T'HH:mm:ss'Z'}  ")
            + Convert.ToString((int)file.UnixFileMode, toBase: 8);

    /// <summary>Up to where the state is, and how much is in it.</summary>
    /// <exception cref="StateDamagedException">It holds nothing, or is none.</exception>
    /// <exception cref="StateStorageException">It cannot be read.</exception>
    public static IEnumerable<string> OfState(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, SnapshotFiles.StateName);
        if (!File.Exists(path))
        {
            throw new DataDirectoryRefusedException($"{dataDirectory}: no {SnapshotFiles.StateName} found in it");
        }

        var (facts, format) = ChatState.ReadFacts(path);
        var time = DateTimeOffset.UnixEpoch.AddMicroseconds(facts.LastTimeUs);
        var counts = StateQuery.Run(dataDirectory, CountQuestion, showTexts: false, TimeProvider.System).ToList();
        return
        [
            Say($"applied #{facts.AppliedIndex} of term {facts.AppliedTerm}, stamped {time:yyyy-MM-dd'T'HH:mm:ss'Z'}"),
            Say($"digest {facts.Digest}"),
            Say($"state version {facts.StateVersion}, file format {format}"),
            .. counts[0].Zip(counts[1], (name, count) => $"{name}: {count}"),
        ];
    }

    /// <summary>Of a node's bundle: all but its key.</summary>
    /// <exception cref="BundleRefusedException">It is none, or of no use.</exception>
    public static IEnumerable<string> OfBundle(string path)
    {
        var bundle = NodeBundle.Load(path);
        using var credentials = NodeCredentials.Of(bundle);
        return
        [
            $"cluster {bundle.Cluster}, called {bundle.Name}",
            .. bundle.Members.Select(member =>
                Say($"member {member.Id}, clients {member.Client}, nodes {member.Node}")),
            Say($"node {bundle.Node}: ") + LifeOf(credentials.Certificate),
            .. credentials.Authorities.Select(authority => $"authority: {LifeOf(authority)}"),
        ];
    }

    private static string LifeOf(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate) =>
        Say($"certificate from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd'T'HH:mm:ss'Z'} ")
        + Say($"to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd'T'HH:mm:ss'Z'}");

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
