using System.Globalization;
using Parley.Server.Backup;
using Parley.Terminal;

namespace Parley.Verbs.Backup;

/// <summary>What a backup says of itself, for scripts and for people.</summary>
internal static class BackupText
{
    /// <summary>Opens one, and warns where others may read it.</summary>
    /// <exception cref="BackupRefusedException">It is none, or not whole.</exception>
    public static BackupFile Open(string path, TextWriter error)
    {
        var backup = BackupFile.Open(path);
        if (backup.IsOpenToOthers)
        {
            error.WriteLine($"parley: warning: {Sanitizer.Line(path)}: others may read it, and with it every message "
                + $"and all password hashes; chmod 600 {Sanitizer.Line(path)}");
        }

        return backup;
    }

    public static string Json(string file, BackupManifest manifest) => JsonLines.Write(json =>
    {
        json.WriteString("file", file);
        json.WriteString("cluster", manifest.Cluster);
        json.WriteNumber("node", manifest.Node);
        json.WriteNumber("applied_index", manifest.AppliedIndex);
        json.WriteNumber("term", manifest.Term);
        json.WriteString("log_time", JsonLines.Time(manifest.LogTime));
        json.WriteNumber("state_version", manifest.StateVersion);
        json.WriteNumber("file_format", manifest.FileFormat);
        json.WriteString("digest", manifest.Digest);
        json.WriteNumber("accounts", manifest.Accounts);
        json.WriteNumber("conversations", manifest.Conversations);
        json.WriteNumber("messages", manifest.Messages);
        json.WriteString("created_at", JsonLines.Time(manifest.CreatedAt));
        json.WriteString("program", manifest.Program);
        json.WriteBoolean("confirmed", manifest.IsConfirmed);
        json.WriteNumber("state_bytes", manifest.StateBytes);
        json.WriteString("state_sha256", manifest.StateSha256);
    });

    public static string Lines(BackupManifest manifest) => string.Join('\n', new[]
    {
        Say($"cluster   {manifest.Cluster}, by node {manifest.Node}"),
        Say($"state     up to #{manifest.AppliedIndex} of term {manifest.Term}, stamped ")
            + JsonLines.Time(manifest.LogTime)
            + (manifest.IsConfirmed ? "" : ", as the node had it: others may have had more"),
        Say($"holds     {manifest.Accounts} accounts, {manifest.Conversations} conversations, ")
            + Say($"{manifest.Messages} messages; {manifest.StateBytes} bytes"),
        Say($"digest    {manifest.Digest}"),
        Say($"versions  state {manifest.StateVersion}, file {manifest.FileFormat}, program {manifest.Program}"),
        $"created   {JsonLines.Time(manifest.CreatedAt)}",
    }.Select(Sanitizer.Line));

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
