namespace Parley.Client;

/// <summary>
/// One account's live session. Sends exactly once and in order through whichever node lives; receives across
/// reconnects. Safe for many threads. Dispose it to close its streams; that does not log out.
/// </summary>
public sealed class ParleySession : IAsyncDisposable
{
    internal ParleySession(string account) => Account = account;

    /// <summary>The account's name, as stored.</summary>
    public string Account { get; }

    /// <summary>
    /// Sends one message; done when it is stored on a majority. Calls made one after another are stored in that
    /// order, also when not awaited; up to 256 travel at once, more wait. Cancellation stops the wait, not the deed.
    /// </summary>
    public Task<MessageReceipt> SendAsync(string recipient, string text, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");

    /// <summary>
    /// What was not acknowledged, oldest first, then what comes, each message once; goes on until cancelled, the
    /// session ends (<see cref="NotAuthenticatedException"/>) or another stream replaces it
    /// (<see cref="ConflictException"/>, STREAM_REPLACED). One enumeration at a time.
    /// </summary>
    public IAsyncEnumerable<Delivery> ReceiveAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Everything up to the sequence has reached the user: it will not be delivered again. Calls made
    /// together travel together.</summary>
    public Task AcknowledgeAsync(string conversation, long sequence, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Reads a page of the conversation with another account, oldest first.</summary>
    /// <param name="with">The other account.</param>
    /// <param name="afterSequence">Only larger ones; 0 for all.</param>
    /// <param name="pageToken">Of the page before, or null.</param>
    /// <param name="local">The answering node's own state, without asking others.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<MessagePage> ListMessagesAsync(
        string with, long afterSequence, string? pageToken, bool local, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");

    /// <summary>All accounts that match (* and ?; empty: all), by name.</summary>
    public IAsyncEnumerable<AccountEntry> ListAccountsAsync(string pattern, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Deletes the session's account, which ends the session.</summary>
    public Task DeleteAccountAsync(string password, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Ends the session on every node.</summary>
    public Task LogoutAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
