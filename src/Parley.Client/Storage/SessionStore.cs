using System.Buffers;
using System.Text.Json;
using Parley.Client.Trust;

namespace Parley.Client.Storage;

/// <summary>
/// The stored logins of one user: a directory for each cluster and account, holding the session, its client files and
/// their locks. Several processes use it at the same time.
/// </summary>
internal sealed class SessionStore(string root)
{
    private const int SegmentCharactersMax = 64;

    /// <summary>Of ids and names: no separator, and with a letter or digit before it no way up.</summary>
    private static readonly SearchValues<char> SegmentLetters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>Client files that one login keeps.</summary>
    public const int ClientsMax = Limits.StoredClientsMax;

    private const string SessionFile = "session.json";
    private const string LinkFile = "link";
    private const string DemoFile = "demo";
    private const string DemoLock = "demo.lock";

    /// <summary>The folder of all of them.</summary>
    public string Root => root;

    /// <summary>$XDG_STATE_HOME/parley, by default ~/.local/state/parley.</summary>
    public static SessionStore Default()
    {
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state) || !Path.IsPathRooted(state))
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            state = Path.Combine(home, ".local", "state");
        }

        return new SessionStore(Path.Combine(state, "parley"));
    }

    /// <summary>All stored logins; what cannot be read is passed over.</summary>
    public IReadOnlyList<StoredSession> List()
    {
        if (!Directory.Exists(root))
        {
            return [];
        }

        return
        [
            .. from cluster in Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal)
               from account in Directory.EnumerateDirectories(cluster).Order(StringComparer.Ordinal)
               let stored = FindSession(account)
               where stored is not null
               select stored,
        ];
    }

    /// <summary>The link of the cluster that verbs talk to until another is given; null: none.</summary>
    public StoredLink? FindLink()
    {
        var path = Path.Combine(root, LinkFile);
        return File.Exists(path) && ClusterLink.Find(File.ReadAllText(path), out _) is { } link
            ? new StoredLink(link, new DateTimeOffset(File.GetLastWriteTimeUtc(path)))
            : null;
    }

    /// <summary>Keeps a link, in place of the last one.</summary>
    public void SaveLink(ClusterLink link)
    {
        PosixFile.CreateDirectory(root);
        PosixFile.Replace(Path.Combine(root, LinkFile), System.Text.Encoding.UTF8.GetBytes($"{link}\n"));
    }

    /// <summary>Lets this user's other programs find a cluster that lives as long as this process; until it is
    /// disposed. Null when another process does so, or there is no place to.</summary>
    public IDisposable? ShowDemo(ClusterLink link)
    {
        try
        {
            PosixFile.CreateDirectory(root);
            // The lock ends with the process, however that ends.
            var shown = PosixFile.FindLock(Path.Combine(root, DemoLock));
            if (shown is not null)
            {
                File.WriteAllText(Path.Combine(root, DemoFile), link.ToString());
            }

            return shown;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null; // The demo itself needs no home.
        }
    }

    /// <summary>The cluster that <see cref="ShowDemo"/> shows; null: none lives.</summary>
    public ClusterLink? FindDemo()
    {
        var path = Path.Combine(root, DemoFile);
        if (!File.Exists(path))
        {
            return null;
        }

        using var left = PosixFile.FindLock(Path.Combine(root, DemoLock));
        return left is null ? ClusterLink.Find(File.ReadAllText(path), out _) : null;
    }

    /// <summary>Keeps a new login, in place of the account's older one.</summary>
    public void Save(StoredSession session)
    {
        var folder = FolderOf(session);
        PosixFile.CreateDirectory(root);
        PosixFile.CreateDirectory(Path.GetDirectoryName(folder)!);
        PosixFile.CreateDirectory(folder);
        using (Lock(session))
        {
            Write(session);
        }
    }

    /// <summary>Changes what is stored, one process at a time. Null when that login is not stored any more.</summary>
    public StoredSession? Update(StoredSession session, Func<StoredSession, StoredSession> change)
    {
        if (!Directory.Exists(FolderOf(session)))
        {
            return null;
        }

        using (Lock(session))
        {
            if (FindSession(FolderOf(session)) is not { } stored || stored.Session != session.Session)
            {
                return null;
            }

            var changed = change(stored);
            if (changed != stored)
            {
                Write(changed);
            }

            return changed;
        }
    }

    /// <summary>Keeps what is new of a cluster in all logins to it, and in the link.</summary>
    /// <remarks>By its authorities: its id is what any node says, and would let a foreign one take the logins over. By
    /// its id alone only where everything is plaintext.</remarks>
    /// <param name="cluster">32 hexadecimal digits; null: not known.</param>
    /// <param name="knownAs">The authorities it was known by; null: plaintext.</param>
    /// <param name="nodes">Client addresses; null: as before.</param>
    /// <param name="ca">The authorities to know it by; null: as before.</param>
    public void KeepCluster(string? cluster, string? knownAs, IReadOnlyList<string>? nodes, string? ca)
    {
        foreach (var login in List().Where(login => login.Ca is { } authorities
            ? AuthorityTrust.Overlap(authorities, knownAs)
            : knownAs is null && string.Equals(login.Cluster, cluster, StringComparison.Ordinal)))
        {
            Update(login, now => now with
            {
                Nodes = nodes is null || now.Nodes.SequenceEqual(nodes, StringComparer.Ordinal) ? now.Nodes : nodes,
                Ca = now.Ca is null ? null : ca ?? now.Ca,
            });
        }

        if (FindLink() is { } stored && stored.Link.Means(knownAs, nodes ?? []))
        {
            SaveLink(stored.Link with
            {
                Nodes = nodes ?? stored.Link.Nodes,
                CaFingerprint = ca ?? stored.Link.CaFingerprint,
            });
            // Not given anew: what was given last is what verbs use.
            File.SetLastWriteTimeUtc(Path.Combine(root, LinkFile), stored.StoredAt.UtcDateTime);
        }
    }

    /// <summary>Forgets a login. Client files with unanswered sends stay: the account's next login settles them.
    /// </summary>
    public void Remove(StoredSession session)
    {
        if (!Directory.Exists(FolderOf(session)))
        {
            return;
        }

        using (Lock(session))
        {
            if (FindSession(FolderOf(session)) is { } stored && stored.Session == session.Session)
            {
                File.Delete(Path.Combine(FolderOf(session), SessionFile));
            }
        }
    }

    /// <summary>Opens (or creates) one of the account's client files; null while another process has it.</summary>
    /// <param name="session">The login.</param>
    /// <param name="slot">From 1 to <see cref="Limits.StoredClientsMax"/>.</param>
    public OutboxFile? FindOutbox(StoredSession session, int slot) => OutboxFile.Find(OutboxPath(session, slot));

    /// <summary>Whether the client file is there.</summary>
    public bool HasOutbox(StoredSession session, int slot) => File.Exists(OutboxPath(session, slot));

    /// <summary>No client file has unanswered sends; one that another process has counts as if it had.</summary>
    /// <param name="session">The login.</param>
    /// <param name="own">The slot that this process has open and knows about itself; null: none.</param>
    public bool IsOutboxEmpty(StoredSession session, int? own)
    {
        for (var slot = 1; slot <= ClientsMax; slot++)
        {
            if (slot == own || !HasOutbox(session, slot))
            {
                continue;
            }

            using var outbox = FindOutbox(session, slot);
            if (outbox is null || outbox.Start.Left.Count > 0)
            {
                return false;
            }
        }

        return true;
    }

    private string OutboxPath(StoredSession session, int slot) =>
        Path.Combine(FolderOf(session), $"client-{slot}.outbox");

    /// <summary>A server told both: neither may lead out of here.</summary>
    /// <exception cref="RefusedException">They are no folders' names.</exception>
    private string FolderOf(StoredSession session) => Path.Combine(
        root, Segment(session.Cluster, "a cluster's id"), Segment(session.Account, "an account's name"));

    private static string Segment(string name, string what) =>
        name.Length is > 0 and <= SegmentCharactersMax && char.IsAsciiLetterOrDigit(name[0])
        && !name.AsSpan().ContainsAnyExcept(SegmentLetters)
            ? name
            : throw new RefusedException(
                "ANSWER_INVALID",
                $"the server answered something else where {what} is expected; ask the cluster's operator what it is");

    private IDisposable Lock(StoredSession session) => PosixFile.Lock(Path.Combine(FolderOf(session), "lock"));

    private void Write(StoredSession session) => PosixFile.Replace(
        Path.Combine(FolderOf(session), SessionFile),
        JsonSerializer.SerializeToUtf8Bytes(session, StoredSessionJson.Default.StoredSession));

    private static StoredSession? FindSession(string folder)
    {
        try
        {
            using var file = File.OpenRead(Path.Combine(folder, SessionFile));
            return JsonSerializer.Deserialize(file, StoredSessionJson.Default.StoredSession);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or
            JsonException)
        {
            return null;
        }
    }
}

/// <summary>A link that was stored, and when.</summary>
internal sealed record StoredLink(ClusterLink Link, DateTimeOffset StoredAt);
