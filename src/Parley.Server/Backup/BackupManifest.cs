using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley.Server.Backup;

/// <summary>What a backup says of itself. The names of its fields stand in docs/operations.md; fields may be added,
/// those that are not known are passed over.</summary>
internal sealed record BackupManifest
{
    /// <summary>The id of the cluster it is of.</summary>
    public required string Cluster { get; init; }

    /// <summary>The node whose state it is.</summary>
    public required int Node { get; init; }

    /// <summary>The last log index whose entry the state holds.</summary>
    public required long AppliedIndex { get; init; }

    /// <summary>That entry's term.</summary>
    public required long Term { get; init; }

    /// <summary>That entry's stamp.</summary>
    public required DateTimeOffset LogTime { get; init; }

    public required int StateVersion { get; init; }

    /// <summary>The format of the tables.</summary>
    public required int FileFormat { get; init; }

    /// <summary>Of the state, 32 hexadecimal digits.</summary>
    public required string Digest { get; init; }

    /// <summary>Accounts that were not deleted.</summary>
    public required long Accounts { get; init; }

    public required long Conversations { get; init; }

    public required long Messages { get; init; }

    /// <summary>By the clock of the machine it was made on.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The version of the program that made it.</summary>
    public required string Program { get; init; }

    /// <summary>Every message that was answered before it was begun is in it; false: the node was taken as it was.
    /// </summary>
    public required bool IsConfirmed { get; init; }

    /// <summary>Length of the state that follows.</summary>
    public required long StateBytes { get; init; }

    /// <summary>Of the state that follows, 64 hexadecimal digits.</summary>
    public required string StateSha256 { get; init; }

    /// <summary>One line.</summary>
    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, BackupJson.Default.BackupManifest);

    /// <exception cref="JsonException">It is something else.</exception>
    public static BackupManifest Decode(ReadOnlySpan<byte> line) =>
        JsonSerializer.Deserialize(line, BackupJson.Default.BackupManifest)
        ?? throw new JsonException("an object expected, null found");
}

/// <summary>How it is written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(BackupManifest))]
internal sealed partial class BackupJson : JsonSerializerContext;
