using System.Text;
using Parley.Raft.Storage;

namespace Parley.Server.Certificates;

/// <summary>Files with keys in them: nobody but their owner reads them, or they are not used.</summary>
internal static class SecretFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The text of the file.</summary>
    /// <exception cref="BundleRefusedException">It is not there, or not for its owner alone.</exception>
    public static string Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                throw new BundleRefusedException($"{path}: a file expected, none found");
            }

            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != UnixFileMode.None)
            {
                throw new BundleRefusedException(
                    $"{path}: a file that only its owner may read expected, for a key is in it; "
                    + $"chmod 600 {path}, and think about who may have read it");
            }

            return file.Length <= CertificateLimits.FileBytesMax
                ? File.ReadAllText(path)
                : throw new BundleRefusedException($"{path}: at most 1 MiB expected, {file.Length} bytes found");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BundleRefusedException($"{path}: {exception.Message}");
        }
    }

    /// <summary>Writes the file as a whole: who looks sees the old one or the new one.</summary>
    public static void Write(string path, string text)
    {
        var draft = path + ".new";
        File.Delete(draft);
        using (var file = PosixCalls.Open(draft, PosixCalls.ReadWrite | PosixCalls.CreateNew))
        {
            PosixCalls.WriteAll(file, draft, 0, Encoding.UTF8.GetBytes(text));
            PosixCalls.SyncData(file, draft);
        }

        PosixCalls.Rename(draft, path);
        PosixCalls.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}

/// <summary>A bundle or authority file is of no use; the message says why and what to do.</summary>
internal sealed class BundleRefusedException(string message) : Exception(message);
