namespace Parley.Client;

/// <summary>
/// A cluster as a .NET program sees it: finds a living node, opens sessions. Safe for many threads; sessions of one
/// client share its connections. Every failure is a <see cref="ParleyException"/>.
/// </summary>
public sealed class ParleyClient : IAsyncDisposable
{
    /// <summary>Connects to nothing yet.</summary>
    public ParleyClient(ParleyClientOptions options) => Options = options;

    /// <summary>Raised (from any thread, never at the same time) when a session moves; handlers must be quick.</summary>
    public event Action<ConnectionEvent>? ConnectionChanged;

    /// <summary>As given.</summary>
    public ParleyClientOptions Options { get; }

    /// <summary>The nodes known now, HOST:PORT.</summary>
    public IReadOnlyList<string> Nodes => throw new NotSupportedException("not built yet");

    /// <summary>32 hexadecimal digits; null before the first answer.</summary>
    public string? ClusterId => throw new NotSupportedException("not built yet");

    /// <summary>The highest log index seen.</summary>
    public long SeenIndex => throw new NotSupportedException("not built yet");

    /// <summary>Creates an account; needs no session. Returns the name as stored.</summary>
    public Task<string> CreateAccountAsync(string name, string password, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Opens a session that lives in memory only.</summary>
    public Task<ParleySession> LoginAsync(
        string name, string password, LoginOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Asks one node what it knows; null when it does not answer within the deadline.</summary>
    public Task<NodeReport?> FindReportAsync(string address, TimeSpan deadline, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal void Raise(ConnectionEvent connectionEvent) => ConnectionChanged?.Invoke(connectionEvent);
}
