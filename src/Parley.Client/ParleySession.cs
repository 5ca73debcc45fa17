using System.Runtime.CompilerServices;
using Parley.Client.Receiving;
using Parley.Client.Sending;
using Parley.Client.Storage;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <summary>
/// One account's live session. Sends exactly once and in order through whichever node lives; receives across
/// reconnects. Safe for many threads. Dispose it to close its streams; that does not log out.
/// </summary>
public sealed partial class ParleySession : IAsyncDisposable
{
    private readonly ParleyClient client;
    private readonly NodeWalker walker;
    private readonly string authorization;
    private readonly Func<long> nextStreamNumber;
    private readonly AckLedger ledger = new();
    private readonly Acknowledger acknowledger;
    private readonly ReadMarker readMarker;
    private readonly KeepAlive? keepAlive;
    private SendPipeline? pipeline;
    private OutboxFile? outboxFile;
    private bool closed;

    internal ParleySession(
        ParleyClient client,
        NodeWalker walker,
        string account,
        string token,
        Func<long> nextStreamNumber,
        TimeSpan? lease)
    {
        this.client = client;
        this.walker = walker;
        Account = account;
        authorization = $"{Scheme}{token}";
        this.nextStreamNumber = nextStreamNumber;
        acknowledger = new Acknowledger(AcknowledgeNowAsync, ledger.Confirmed);
        readMarker = new ReadMarker(MarkReadNowAsync, Limits.ReadMarkPause, client.Options.TimeProvider);
        if (lease is { } span && span <= Limits.LeaseKeptAliveMax)
        {
            keepAlive = new KeepAlive(this, span / 3, client.Options.TimeProvider);
        }
    }

    /// <summary>The account's name, as stored.</summary>
    public string Account { get; }

    /// <summary>No send is without an outcome.</summary>
    internal bool IsOutboxEmpty => pipeline?.HasUnanswered != true;

    /// <summary>
    /// Sends one message; done when it is stored on a majority. Calls made one after another are stored in that
    /// order, also when not awaited; up to 256 travel at once, more wait. Cancellation stops the wait, not the deed.
    /// </summary>
    public Task<MessageReceipt> SendAsync(string recipient, string text, CancellationToken cancellationToken)
    {
        var outcome = StartSend(recipient, text).Outcome;
        return cancellationToken.CanBeCanceled ? outcome.WaitAsync(cancellationToken) : outcome;
    }

    /// <summary>
    /// What was not acknowledged, oldest first, then what comes, each message once; goes on until cancelled, the
    /// session ends (<see cref="NotAuthenticatedException"/>) or another stream replaces it
    /// (<see cref="ConflictException"/>, STREAM_REPLACED). One enumeration at a time.
    /// </summary>
    public IAsyncEnumerable<Delivery> ReceiveAsync(CancellationToken cancellationToken) =>
        new DeliveryStream(
            walker, client.Options, Account, authorization, nextStreamNumber, ledger, acknowledger)
            .ReadAsync(cancellationToken);

    /// <summary>Everything up to the sequence has reached the user: it will not be delivered again. Calls made
    /// together travel together; one that is refused fails alone.</summary>
    public Task AcknowledgeAsync(string conversation, long sequence, CancellationToken cancellationToken)
    {
        var done = acknowledger.AcknowledgeAsync(conversation, ledger.Acknowledged(conversation, sequence));
        return cancellationToken.CanBeCanceled ? done.WaitAsync(cancellationToken) : done;
    }

    /// <summary>All accounts that match (* and ?; empty: all), by name.</summary>
    public async IAsyncEnumerable<AccountEntry> ListAccountsAsync(
        string pattern, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var token = "";
        do
        {
            var page = await ListAccountsPageAsync(pattern, token, Limits.PageSize, cancellationToken);
            foreach (var account in page.Accounts)
            {
                yield return new AccountEntry(account.Name, account.Online, Times.OfMicroseconds(account.CreatedAtUs))
                {
                    IsAdministrator = account.Role == AccountRole.Unspecified
                        ? null
                        : account.Role == AccountRole.Administrator,
                    IsDisabled = account.Disabled,
                };
            }

            token = page.NextPageToken;
        }
        while (token.Length > 0);
    }

    /// <summary>Deletes the session's account, which ends the session.</summary>
    public Task DeleteAccountAsync(string password, CancellationToken cancellationToken) => walker.CallAsync(
        (node, deadline, cancellation) => UnaryCall.AnswerAsync(
            node.Accounts.DeleteAccountAsync(
                new DeleteAccountRequest { Password = password }, Options(deadline, true, cancellation)),
            walker.Nodes, node, answer => answer.LogIndex),
        "deleting the account", changes: true, cancellationToken);

    /// <summary>Ends the session on every node.</summary>
    public Task LogoutAsync(CancellationToken cancellationToken) => LogoutAsync(IsOutboxEmpty, cancellationToken);

    /// <summary>As <see cref="LogoutAsync(CancellationToken)"/>, telling whether the session's clients may be
    /// forgotten.</summary>
    internal Task LogoutAsync(bool outboxEmpty, CancellationToken cancellationToken) => walker.CallAsync(
        (node, deadline, cancellation) => UnaryCall.AnswerAsync(
            node.Sessions.LogoutAsync(
                new LogoutRequest { OutboxEmpty = outboxEmpty }, Options(deadline, true, cancellation)),
            walker.Nodes, node, answer => answer.LogIndex),
        "logging out", changes: true, cancellationToken, Repeat.Harmless);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref closed, value: true))
        {
            return;
        }

        if (keepAlive is not null)
        {
            await keepAlive.DisposeAsync();
        }

        if (pipeline is not null)
        {
            await pipeline.DisposeAsync();
        }

        await readMarker.DisposeAsync();
        await acknowledger.DisposeAsync();
        outboxFile?.Dispose();
    }

    internal Task<ListAccountsResponse> ListAccountsPageAsync(
        string pattern, string pageToken, int pageSize, CancellationToken cancellationToken)
    {
        var request = new ListAccountsRequest { Pattern = pattern, PageToken = pageToken, PageSize = pageSize };
        return walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Accounts.ListAccountsAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "listing accounts", changes: false, cancellationToken);
    }

    private Task<AcknowledgeMessagesResponse> AcknowledgeNowAsync(
        AcknowledgeMessagesRequest request, CancellationToken cancellationToken) =>
        walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Messages.AcknowledgeMessagesAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "acknowledging", changes: true, cancellationToken, Repeat.Harmless);

    private Grpc.Core.CallOptions Options(TimeSpan deadline, bool seen, CancellationToken cancellationToken) =>
        UnaryCall.Options(walker.Nodes, authorization, seen, deadline, cancellationToken);
}
