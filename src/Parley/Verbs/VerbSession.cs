using Parley.Client;
using Parley.Client.Storage;
using Parley.CommandLine;

namespace Parley.Verbs;

/// <summary>
/// The session a verb works in: a stored login, or one of its own that it ends when it is done. Dispose it when the
/// verb's work is finished, whatever came of it.
/// </summary>
internal sealed class VerbSession : IAsyncDisposable
{
    private static readonly TimeSpan LogoutPatience = TimeSpan.FromSeconds(3);

    private readonly ClientSettings settings;
    private int? ownSlot;
    private bool logoutTried;

    private VerbSession(ClientSettings settings, ParleyClient client, ParleySession session, StoredSession? stored)
    {
        this.settings = settings;
        Client = client;
        Session = session;
        Stored = stored;
    }

    public ParleyClient Client { get; }

    public ParleySession Session { get; }

    /// <summary>Null: the verb logged in for itself.</summary>
    public StoredSession? Stored { get; }

    /// <summary>Whether the cluster may forget this login's clients: nothing that any process sent is unanswered.
    /// </summary>
    public bool IsOutboxEmpty =>
        Session.IsOutboxEmpty && (Stored is null || settings.Store.IsOutboxEmpty(Stored, ownSlot));

    /// <summary>Opens the session that the settings mean.</summary>
    /// <param name="settings">Account and nodes.</param>
    /// <param name="onlyNode">Ask this node alone; null: any.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public static async Task<VerbSession> OpenAsync(
        ClientSettings settings, string? onlyNode, CancellationToken cancellationToken)
    {
        var stored = FindStored(settings);
        if (stored is null && settings.Account is null && settings.DeviceToken is null)
        {
            throw new VerbFailedException(
                ExitCodes.NotAuthenticated, "no login is stored: parley login NAME, or --as NAME with a password");
        }

        var (nodes, ca) = settings.ClusterOf(stored);
        var client = settings.NewClient(new ParleyClientOptions
        {
            Nodes = onlyNode is null ? nodes : [onlyNode],
            CaFingerprint = ca,
            OnlyTheseNodes = onlyNode is not null,
            ClusterId = stored?.Cluster,
            SeenIndex = stored?.SeenIndex ?? 0,
        });
        try
        {
            var session = stored is not null
                ? client.Resume(settings.Store, stored)
                : await LoginAsync(settings, client, cancellationToken);
            return new VerbSession(settings, client, session, stored);
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>The stored login that the settings mean; null: none.</summary>
    /// <exception cref="VerbFailedException">They could mean several.</exception>
    public static StoredSession? FindStored(ClientSettings settings)
    {
        var candidates = settings.Store.List()
            .Where(stored => settings.Account is null ||
                string.Equals(stored.Account, settings.Account, StringComparison.Ordinal))
            .Where(stored => settings.Nodes.Count == 0 ||
                IsOf(stored, settings))
            .Where(stored => settings.DeviceToken is not { } token ||
                string.Equals(stored.DeviceToken, DeviceTokens.FingerprintOf(token), StringComparison.Ordinal))
            .OrderByDescending(stored => stored.LoggedInAt)
            .ToList();
        var accounts = candidates.Select(stored => stored.Account).Distinct(StringComparer.Ordinal).ToList();
        return accounts.Count <= 1
            ? candidates.FirstOrDefault()
            : throw new VerbFailedException(
                ExitCodes.Usage,
                $"logins of {string.Join(", ", accounts.Order(StringComparer.Ordinal))} are stored: " +
                "say which by --as NAME");
    }

    private static bool IsOf(StoredSession stored, ClientSettings settings) => settings.Link is { } link
        ? link.Means(stored.Ca, stored.Nodes)
        : stored.Nodes.Intersect(settings.Nodes, StringComparer.Ordinal).Any();

    /// <summary>Makes the session ready to send.</summary>
    /// <param name="client">The client number it must have; null: any.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>The client file; null when the session is not stored, or none has that number.</returns>
    public async Task<OutboxFile?> OpenOutboxAsync(ulong? client, CancellationToken cancellationToken)
    {
        if (Stored is null)
        {
            return null;
        }

        for (var slot = 1; slot <= SessionStore.ClientsMax; slot++)
        {
            if ((client is not null && !settings.Store.HasOutbox(Stored, slot)) ||
                settings.Store.FindOutbox(Stored, slot) is not { } outbox)
            {
                continue;
            }

            if (client is not null && outbox.Client != client)
            {
                outbox.Dispose();
                continue;
            }

            if (outbox.DamagedTail is { } damaged)
            {
                settings.Say($"the end of an outbox was damaged; it was set aside as {damaged}");
            }

            ownSlot = slot;
            await Session.UseOutboxAsync(outbox, cancellationToken);
            return outbox;
        }

        return client is not null
            ? null
            : throw new VerbFailedException(
                ExitCodes.Conflict, "all client files of this login are in use by other processes; try again");
    }

    /// <summary>Ends a session that is not stored now instead of at the disposal, so that the verb sees what comes of
    /// it.</summary>
    public Task LogoutAsync(CancellationToken cancellationToken)
    {
        logoutTried = true;
        return Session.LogoutAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        settings.Rows.End();
        if (Stored is { } stored)
        {
            await RefreshNodesAsync();
            settings.Store.Update(stored, now => now with
            {
                SeenIndex = Math.Max(now.SeenIndex, Client.SeenIndex),
                Nodes = Client.Options.OnlyTheseNodes ? now.Nodes : Same(now.Nodes, Client.Nodes),
            });
        }
        else if (!logoutTried)
        {
            await LogoutAsync();
        }

        await Session.DisposeAsync();
        await Client.DisposeAsync();
    }

    private async Task RefreshNodesAsync()
    {
        try
        {
            await Client.RefreshNodesAsync(CancellationToken.None);
        }
        catch (ParleyException failure)
        {
            // The verb has done its work; the list stays as it was.
            settings.Say(failure.Message);
        }
    }

    private static IReadOnlyList<string> Same(IReadOnlyList<string> before, IReadOnlyList<string> now) =>
        before.SequenceEqual(now, StringComparer.Ordinal) ? before : now;

    private static async Task<ParleySession> LoginAsync(
        ClientSettings settings, ParleyClient client, CancellationToken cancellationToken)
    {
        var secret = Passwords.GetSecret(settings);
        try
        {
            return await client.LoginAsync(
                secret, new LoginOptions { TakeOver = settings.TakeOver }, cancellationToken);
        }
        catch (OutcomeUnknownException failure)
        {
            // The verb's own deed was not begun: a session that was opened all the same ends by its lease.
            throw new VerbFailedException(ExitCodes.NoMajority, $"{failure.Message}; nothing else was tried");
        }
    }

    private async Task LogoutAsync()
    {
        using var patience = new CancellationTokenSource(LogoutPatience);
        try
        {
            await Session.LogoutAsync(patience.Token);
        }
        catch (Exception failure) when (failure is ParleyException or OperationCanceledException)
        {
            // The session ends by its lease; the verb's own outcome is what counts.
            settings.Say($"the session was not ended: {failure.Message}");
        }
    }
}
