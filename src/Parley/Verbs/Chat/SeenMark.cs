using System.Globalization;

namespace Parley.Verbs.Chat;

/// <summary>When an account's chat was last in front of somebody: a file with a time, so that the next chat can say
/// what is new since.</summary>
internal sealed class SeenMark(string? path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Null: never, or it cannot be told.</summary>
    public DateTimeOffset? Find()
    {
        try
        {
            return path is not null && File.Exists(path) && DateTimeOffset.TryParse(
                File.ReadAllText(path), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var seen)
                ? seen
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Somebody looks now.</summary>
    public void Set(DateTimeOffset now)
    {
        if (path is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = OwnerOnly,
            });
            using var writer = new StreamWriter(file);
            writer.Write(now.ToString("O", CultureInfo.InvariantCulture));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The next chat says "new" without a time.
        }
    }
}
