using Parley.Server.Hosting;
using Parley.Verbs.Server;

namespace Parley.Fuzz.Targets;

/// <summary>A server's configuration file: it is read, or every error is named; no other way.</summary>
internal sealed class ConfigurationTarget : FuzzTarget
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-fuzz-");

    public override IReadOnlyList<byte[]> Seeds { get; } = BytesOf(
        """
        {"id":1,"data":"x","listen":"127.0.0.1:7401","node-listen":"127.0.0.1:7501","members":["1=127.0.0.1:7501"]}
        """,
        """{"retention":"30","send-rate":-1,"registration":"closed","password-hash-kib":64,"password-hash-passes":1}""",
        """{"exit-with-stdin": true, /* why */ "election-timeout": 300, "heartbeat-interval": "60", }""",
        """{"dial":"2=127.0.0.1:1","advertise":"[::1]:7401","log-kept":1,"bundle":"x","certificate":"y"}""");

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. ServerSettings.Flags.Select(flag => Bytes($"\"{flag.Key}\":")),
        .. BytesOf(
            "true", "null", "[]", "{}", "\"\"", "-1", "1e999", "99999999999", "\"\\ud800\"", "\"\\u0000\"", "/*", "//",
            "127.0.0.1:1", "[::1]:1", "localhost:1", "1=", "delivered", "forever"),
        [0xFF],
    ];

    private string FilePath => Path.Combine(folder.FullName, "server.json");

    public override void Check(byte[] input)
    {
        File.WriteAllBytes(FilePath, input);
        var errors = new List<string>();
        var settings = ServerSettings.Merge([], [], FilePath, errors);
        var readable = errors.Count == 0;
        var options = ServerOptionsReader.Read(settings, errors);
        Property.Holds(options is not null || errors.Count > 0);
        Property.Holds(!readable || options is null == errors.Count > 0);
        Property.Holds(errors.TrueForAll(error => error.Contains(':', StringComparison.Ordinal)));
        if (options is not null)
        {
            Property.Holds(options.Id > 0 && options.Members.Count % 2 == 1);
            Property.Holds(HostPort.TryParse(options.Listen, out var listen) && listen.IsLoopback);
        }
    }

    protected override void CleanUp() => folder.Delete(recursive: true);
}
