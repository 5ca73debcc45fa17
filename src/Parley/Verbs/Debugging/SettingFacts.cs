namespace Parley.Verbs.Debugging;

/// <summary>A node's settings as this process finds them, in lines: no value that could be a secret is among them.
/// </summary>
internal static class SettingFacts
{
    private const string Endpoint = "otlp-endpoint";

    private static readonly string[] Prefixes = ["PARLEY_", "DOTNET_", "ASPNETCORE_", "OTEL_", "SSL_CERT_"];

    /// <param name="settings">As merged from environment and file.</param>
    /// <param name="errors">What was wrong about them.</param>
    /// <param name="variables">The environment: only names of it are told.</param>
    public static IEnumerable<string> Lines(
        IReadOnlyDictionary<string, string> settings,
        IReadOnlyList<string> errors,
        IEnumerable<KeyValuePair<string, string>> variables) =>
    [
        "from --config and the environment of this verb; a node that runs may have been given others",
        .. from setting in settings
           orderby setting.Key
           select $"{setting.Key} = {Shown(setting.Key, setting.Value)}",
        .. errors.Select(error => $"wrong: {error}"),
        .. from variable in variables
           where Prefixes.Any(prefix => variable.Key.StartsWith(prefix, StringComparison.Ordinal))
           orderby variable.Key
           select $"environment: {variable.Key} is set",
    ];

    /// <summary>People put keys into addresses.</summary>
    private static string Shown(string key, string value) => key != Endpoint ? value
        : Uri.TryCreate(value, UriKind.Absolute, out var uri) ? $"{uri.Scheme}://{uri.Host}:{uri.Port}"
        : Redaction.Sign;
}
