namespace Parley.Core;

/// <summary>Accounts and live sessions as of the last COMMIT, for any thread.</summary>
internal sealed class ChatDirectory
{
    public AccountFacts? FindAccount(string name) => throw new NotSupportedException("not built yet");

    public AccountFacts? FindAccount(long account) => throw new NotSupportedException("not built yet");

    /// <param name="tokenHash">SHA-256 of the token, 32 bytes.</param>
    public SessionFacts? FindSession(ReadOnlySpan<byte> tokenHash) =>
        throw new NotSupportedException("not built yet");

    public SessionFacts? FindSession(long session) => throw new NotSupportedException("not built yet");

    /// <summary>A moment's picture of all live sessions.</summary>
    public IReadOnlyCollection<SessionFacts> LiveSessions => throw new NotSupportedException("not built yet");

    public Log.V1.Settings Settings => throw new NotSupportedException("not built yet");

    /// <summary>Counts changes of settings, from 0.</summary>
    public long SettingsRevision => throw new NotSupportedException("not built yet");
}

/// <summary>An account that is not deleted.</summary>
/// <param name="Number">From 1, never reused.</param>
/// <param name="Name">Lower-case.</param>
/// <param name="PasswordHash">PHC string.</param>
/// <param name="CreatedAtUs">Log time, microseconds since 1970-01-01T00:00:00Z.</param>
/// <param name="LiveSession">Its live session's number, or 0.</param>
internal sealed record AccountFacts(
    long Number, string Name, string PasswordHash, long CreatedAtUs, long LiveSession);

/// <summary>A live session.</summary>
internal sealed record SessionFacts
{
    public required long Number { get; init; }

    public required long Account { get; init; }

    public required string AccountName { get; init; }

    public required TimeSpan Lease { get; init; }

    /// <summary>Login or last TouchSessions, log time in microseconds since 1970-01-01T00:00:00Z.</summary>
    public required long TouchedAtUs { get; init; }

    /// <summary>The newest delivery stream, 0 for none.</summary>
    public required long StreamNumber { get; init; }
}
