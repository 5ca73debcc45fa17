using System.Globalization;
using Parley.Server.Certificates;

namespace Parley.Server.Hosting;

/// <summary>Turns settings as people write them into <see cref="ServerOptions"/>, naming every error at once:
/// <c>name: expected, found, what to do</c>.</summary>
internal static class ServerOptionsReader
{
    private const string Bundle = "bundle";
    private const string Certificate = "certificate";
    private const string CertificateKey = "certificate-key";
    private const string Id = "id";
    private const string Data = "data";
    private const string Listen = "listen";
    private const string NodeListen = "node-listen";
    private const string HttpListen = "http-listen";
    private const string AdminListen = "admin-listen";
    private const string OtlpEndpoint = "otlp-endpoint";
    private const string LogFormat = "log-format";
    private const string Advertise = "advertise";
    private const string Members = "members";
    private const string Dial = "dial";
    private const string ElectionTimeout = "election-timeout";
    private const string HeartbeatInterval = "heartbeat-interval";
    private const string LogKept = "log-kept";
    private const string PasswordHashKib = "password-hash-kib";
    private const string PasswordHashPasses = "password-hash-passes";
    private const string Retention = "retention";
    private const string SendRate = "send-rate";
    private const string Registration = "registration";
    private const string Join = "join";
    private const string ExitWithStdin = "exit-with-stdin";

    private static readonly string[] Keys =
    [
        Bundle, Certificate, CertificateKey, Id, Data, Listen, NodeListen, HttpListen, AdminListen, OtlpEndpoint,
        LogFormat, Advertise, Members, Dial,
        ElectionTimeout, HeartbeatInterval, LogKept,
        PasswordHashKib, PasswordHashPasses, Retention, SendRate, Registration, Join, ExitWithStdin,
    ];

    /// <summary>Keys are the flags of <c>parley server</c> without their dashes (<c>id</c>, <c>node-listen</c> …);
    /// any other is an error. Each error says what was expected, what was found, what to do. Returns null when it added
    /// any.</summary>
    public static ServerOptions? Read(IReadOnlyDictionary<string, string> settings, ICollection<string> errors)
    {
        var found = new List<string>();
        foreach (var key in settings.Keys.Except(Keys))
        {
            found.Add($"{key}: no such setting; known are {string.Join(", ", Keys)}");
        }

        var bundle = ReadBundle(settings, found);
        var given = BundleSettings.Fill(settings, bundle, found);
        var options = new ServerOptions
        {
            Bundle = bundle,
            ClientCertificate = ReadCertificate(settings, found),
            Id = ReadNumber(given, Id, 0, found),
            DataDirectory = given.GetValueOrDefault(Data, ""),
            Listen = given.GetValueOrDefault(Listen, ""),
            NodeListen = given.GetValueOrDefault(NodeListen, ""),
            HttpListen = given.GetValueOrDefault(HttpListen),
            AdminListen = given.GetValueOrDefault(AdminListen),
            OtlpEndpoint = ReadEndpoint(given, found),
            LogsAreJson = ReadLogFormat(given.GetValueOrDefault(LogFormat, "text"), found),
            Advertise = given.GetValueOrDefault(Advertise),
            Members = ReadMembers(given, Members, found),
            Dial = ReadMembers(given, Dial, found),
            ElectionTimeout = ReadMilliseconds(given, ElectionTimeout, ServerOptions.ElectionTimeoutDefault, found),
            HeartbeatInterval = ReadMilliseconds(given, HeartbeatInterval, ServerOptions.HeartbeatDefault, found),
            LogKeptMib = ReadNumber(given, LogKept, ServerOptions.LogKeptMibDefault, found),
            PasswordHashKib = ReadNumber(given, PasswordHashKib, ServerOptions.PasswordHashKibDefault, found),
            PasswordHashPasses = ReadNumber(given, PasswordHashPasses, ServerOptions.PasswordHashPassesDefault, found),
            InitialRetention = given.GetValueOrDefault(Retention),
            InitialSendRate = given.ContainsKey(SendRate) ? ReadNumber(given, SendRate, 0, found) : null,
            InitialRegistration = given.GetValueOrDefault(Registration),
            Join = ReadSwitch(given, Join, found),
            ExitWithStdin = ReadSwitch(given, ExitWithStdin, found),
        };
        // What could not be read stands for a default here: only what the rules find besides is news.
        var unread = found.Select(NameOf).ToHashSet();
        if (!unread.Contains(Bundle))
        {
            found.AddRange(ServerOptionsRules.FindErrors(options).Where(error => !unread.Contains(NameOf(error))));
        }

        foreach (var error in found)
        {
            errors.Add(error);
        }

        return found.Count == 0 ? options : null;
    }

    private static BundleFile? ReadBundle(IReadOnlyDictionary<string, string> given, List<string> errors)
    {
        if (!given.TryGetValue(Bundle, out var path))
        {
            return null;
        }

        try
        {
            return new BundleFile(Path.GetFullPath(path), NodeBundle.Load(path));
        }
        catch (BundleRefusedException exception)
        {
            errors.Add($"{Bundle}: {exception.Message}");
            return null;
        }
    }

    private static OperatorCertificateFile? ReadCertificate(
        IReadOnlyDictionary<string, string> given, List<string> errors)
    {
        var certificate = given.GetValueOrDefault(Certificate, "");
        var key = given.GetValueOrDefault(CertificateKey, "");
        if (certificate.Length == 0 && key.Length == 0)
        {
            return null;
        }

        if (certificate.Length == 0 || key.Length == 0)
        {
            errors.Add($"{Certificate}: a PEM file expected, and its key as {CertificateKey}; one of them found");
            return null;
        }

        if (!given.ContainsKey(Bundle))
        {
            errors.Add($"{Certificate}: {Bundle} expected beside it, for nodes know each other by that; none found");
            return null;
        }

        try
        {
            return new OperatorCertificateFile(
                Path.GetFullPath(certificate),
                Path.GetFullPath(key),
                OperatorCertificate.Load(certificate, key, TimeProvider.System.GetUtcNow()));
        }
        catch (BundleRefusedException exception)
        {
            errors.Add(exception.Message);
            return null;
        }
    }

    private static string NameOf(string error) => error[..error.IndexOf(':', StringComparison.Ordinal)];

    private static int ReadNumber(
        IReadOnlyDictionary<string, string> given, string key, int otherwise, List<string> errors)
    {
        if (!given.TryGetValue(key, out var text))
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        errors.Add($"{key}: a whole number expected, '{text}' found");
        return otherwise;
    }

    private static TimeSpan ReadMilliseconds(
        IReadOnlyDictionary<string, string> given, string key, TimeSpan otherwise, List<string> errors) =>
        TimeSpan.FromMilliseconds(ReadNumber(given, key, (int)otherwise.TotalMilliseconds, errors));

    private static Uri? ReadEndpoint(IReadOnlyDictionary<string, string> given, List<string> errors)
    {
        if (!given.TryGetValue(OtlpEndpoint, out var text))
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint)
            && (endpoint.Scheme == Uri.UriSchemeHttps || (endpoint.Scheme == Uri.UriSchemeHttp && endpoint.IsLoopback))
            && endpoint.UserInfo.Length == 0)
        {
            return endpoint;
        }

        // Not what was found: people put keys into addresses.
        errors.Add($"{OtlpEndpoint}: https://HOST:PORT, or http:// on loopback, without user and password expected");
        return null;
    }

    private static bool ReadLogFormat(string text, List<string> errors)
    {
        if (text is not ("text" or "json"))
        {
            errors.Add($"{LogFormat}: text or json expected, '{text}' found");
        }

        return text == "json";
    }

    private static bool ReadSwitch(IReadOnlyDictionary<string, string> given, string key, List<string> errors)
    {
        if (!given.TryGetValue(key, out var text))
        {
            return false;
        }

        if (bool.TryParse(text, out var on))
        {
            return on;
        }

        errors.Add($"{key}: true or false expected, '{text}' found");
        return false;
    }

    private static List<MemberAddress> ReadMembers(
        IReadOnlyDictionary<string, string> given, string key, List<string> errors)
    {
        var members = new List<MemberAddress>();
        var text = given.GetValueOrDefault(key, "");
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0
                && int.TryParse(item.AsSpan(0, equals), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                members.Add(new MemberAddress(id, item[(equals + 1)..]));
            }
            else
            {
                errors.Add($"{key}: items ID=HOST:PORT separated by commas expected, '{item}' found");
            }
        }

        members.Sort((left, right) => left.Id.CompareTo(right.Id));
        return members;
    }
}
