using System.Collections;
using System.Text.Json;

namespace Parley.Verbs.Server;

/// <summary>One setting of a node: the same key as a flag, in the file, and (upper-case) in the environment.</summary>
internal sealed record ServerFlag(string Key, string ValueName, string Description, bool IsSwitch = false);

/// <summary>Gathers a node's settings from flags, environment and file; what they mean is judged elsewhere, as a whole.
/// </summary>
internal static class ServerSettings
{
    public const string EnvironmentPrefix = "PARLEY_SERVER_";

    public static readonly IReadOnlyList<ServerFlag> Flags =
    [
        new("bundle", "FILE", "This node's certificates, id, members and addresses, from parley cluster init."),
        new("certificate", "FILE", "Another certificate, for clients that ask for this host by name (PEM)."),
        new("certificate-key", "FILE", "Its key (PEM, mode 0600)."),
        new("id", "N", "This node's number, from 1."),
        new("data", "DIR", "The folder of its log and state; made when absent, never shared."),
        new("listen", "HOST:PORT", "Where clients connect; loopback only without --bundle."),
        new("node-listen", "HOST:PORT", "Where the other nodes connect; loopback only without --bundle."),
        new("http-listen", "HOST:PORT", "Where programs post to hooks; loopback only without --bundle (none)."),
        new("admin-listen", "HOST:PORT", "Where watchers find /metrics, /healthz and /readyz; loopback only (none)."),
        new("otlp-endpoint", "URL", "Where metrics are pushed to by OTLP (gRPC); plaintext on loopback only (none)."),
        new("log-format", "text|json", "How log lines look (text)."),
        new("members", "1=HOST:PORT,…", "The node addresses of all members, this one included."),
        new("dial", "2=HOST:PORT,…", "Where to connect to a member instead: a tunnel, or a proxy."),
        new("advertise", "HOST:PORT", "The client address the nodes hand out, where it is not --listen."),
        new("election-timeout", "MS", "Elections begin after this to twice this without a leader (300)."),
        new("heartbeat-interval", "MS", "How often a leader says that it lives (60)."),
        new("log-kept", "MIB", "How large the log may grow before what the state holds is cut off (256)."),
        new("retention", "delivered|DAYS|forever", "How long a message stays once it is delivered (30)."),
        new("send-rate", "N", "Messages a second and account (20); negative: no limit, nor on calls."),
        new("registration", "invitation|open|closed", "Who may register at first (open; with --bundle invitation)."),
        new("password-hash-kib", "KIB", "Memory of one password hash (19456)."),
        new("password-hash-passes", "N", "Passes of one password hash (2)."),
        new("join", "", "Empty, wait to be added to a cluster that is there, and form none.", IsSwitch: true),
        new("exit-with-stdin", "", "End, as on SIGTERM, when standard input closes.", IsSwitch: true),
    ];

    /// <summary>The environment of this process.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Variables() =>
        from variable in Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        select KeyValuePair.Create((string)variable.Key, (string?)variable.Value ?? "");

    /// <summary>The data directories that were given, else the one of the settings, if they name one.</summary>
    public static IReadOnlyList<string> FoldersOf(
        IReadOnlyDictionary<string, string> settings, IReadOnlyList<string> given) =>
        given.Count > 0 ? given : settings.GetValueOrDefault("data") is { Length: > 0 } data ? [data] : [];

    /// <summary>Flag before environment before file; what cannot be read or is not known becomes an error.</summary>
    public static IReadOnlyDictionary<string, string> Merge(
        IEnumerable<KeyValuePair<string, string>> flags,
        IEnumerable<KeyValuePair<string, string>> environment,
        string? file,
        ICollection<string> errors)
    {
        var merged = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in ReadFile(file, errors))
        {
            Take(merged, key, value, $"{file}: {key}", errors);
        }

        foreach (var (name, value) in environment.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
            {
                var key = name[EnvironmentPrefix.Length..].Replace('_', '-').ToLowerInvariant();
                Take(merged, key, value, name, errors);
            }
        }

        foreach (var (key, value) in flags)
        {
            Take(merged, key, value, $"--{key}", errors);
        }

        return merged;
    }

    private static void Take(
        Dictionary<string, string> merged, string key, string value, string origin, ICollection<string> errors)
    {
        if (Flags.Any(flag => string.Equals(flag.Key, key, StringComparison.Ordinal)))
        {
            merged[key] = value;
            return;
        }

        errors.Add($"{origin}: no such setting; known are {string.Join(", ", Flags.Select(flag => flag.Key))}");
    }

    private static List<KeyValuePair<string, string>> ReadFile(string? file, ICollection<string> errors)
    {
        if (file is null)
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(
                File.ReadAllBytes(file),
                new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                errors.Add($"{file}: one JSON object expected, {document.RootElement.ValueKind} found");
                return [];
            }

            return Pairs(document.RootElement, file, errors);
        }
        catch (Exception failure) when (
            failure is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            // The last of them: a text that is no UTF-8 is found only when it is read (System.Text.Json, .NET 10).
            errors.Add($"--config {file}: {failure.Message}");
            return [];
        }
    }

    private static List<KeyValuePair<string, string>> Pairs(
        JsonElement settings, string file, ICollection<string> errors)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var setting in settings.EnumerateObject())
        {
            if (pairs.Exists(pair => string.Equals(pair.Key, setting.Name, StringComparison.Ordinal)))
            {
                errors.Add($"{file}: {setting.Name}: given twice");
            }
            else if (AsText(setting.Value) is { } text)
            {
                pairs.Add(new(setting.Name, text));
            }
            else
            {
                errors.Add($"{file}: {setting.Name}: a text, number, boolean or a list of texts expected");
            }
        }

        return pairs;
    }

    private static string? AsText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Array when value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            string.Join(',', value.EnumerateArray().Select(item => item.GetString())),
        _ => null,
    };
}
