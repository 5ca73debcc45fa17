using System.Text.Json.Serialization;

namespace Parley.Client.Storage;

/// <summary>A login that outlives its process, as it stands in its file.</summary>
internal sealed record StoredSession
{
    /// <summary>The account's name.</summary>
    public required string Account { get; init; }

    /// <summary>32 hexadecimal digits.</summary>
    public required string Cluster { get; init; }

    /// <summary>Client addresses, HOST:PORT.</summary>
    public required IReadOnlyList<string> Nodes { get; init; }

    /// <summary>The fingerprints of the authorities that its nodes' certificates are of, as in a link; null: plaintext
    /// on loopback.</summary>
    public string? Ca { get; init; }

    /// <summary>base64url of 32 bytes: whoever has it is the account.</summary>
    public required string Token { get; init; }

    /// <summary>By which device token it was opened: 16 hexadecimal digits of a hash of its hash; null: by a password.
    /// </summary>
    public string? DeviceToken { get; init; }

    /// <summary>The session's number in the cluster.</summary>
    public required long Session { get; init; }

    /// <summary>The highest log index seen.</summary>
    public required long SeenIndex { get; init; }

    /// <summary>The last stream number given out.</summary>
    public required long LastStream { get; init; }

    /// <summary>The newest login of an account is the one that counts.</summary>
    public required DateTimeOffset LoggedInAt { get; init; }
}

/// <summary>How stored sessions are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StoredSession))]
internal sealed partial class StoredSessionJson : JsonSerializerContext;
