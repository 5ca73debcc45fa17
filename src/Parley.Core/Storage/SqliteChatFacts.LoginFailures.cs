using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Wrong passwords by name, and the addresses accounts have logged in from; all are in memory.</content>
internal sealed partial class SqliteChatFacts
{
    private readonly Dictionary<UInt128, LoginFailureFacts> loginFailures = [];

    private readonly HashSet<UInt128> accountNames = [];

    // Those that may be forgotten for others; the one to go first is the first: few wrong passwords, long ago.
    private readonly SortedSet<(int Count, long LastAtUs, UInt128 NameHash)> loginFailuresByWeight = [];
    private readonly Dictionary<long, List<KnownAddress>> knownAddresses = [];

    /// <summary>All names with wrong passwords.</summary>
    public IEnumerable<KeyValuePair<UInt128, LoginFailureFacts>> LoginFailures => loginFailures;

    /// <summary>All accounts with the addresses they have logged in from.</summary>
    public IEnumerable<long> AccountsWithAddresses => knownAddresses.Keys;

    private Statement UpsertLoginFailures => field ??= database.Prepare(
        """
        INSERT OR REPLACE INTO login_failures (name_hash, failures, last_at_us)
        VALUES ($name_hash, $failures, $last_at_us)
        """,
        Schema.LoginFailures);

    private Statement SelectLoginFailures => field ??= database.Prepare(
        "SELECT name_hash, failures, last_at_us FROM login_failures WHERE name_hash = $name_hash");

    private Statement DeleteLoginFailures => field ??= database.Prepare(
        "DELETE FROM login_failures WHERE name_hash = $name_hash");

    private Statement InsertKnownAddress => field ??= database.Prepare(
        "INSERT INTO known_addresses (account, address_hash, at_us) VALUES ($account, $address_hash, $at_us)",
        Schema.KnownAddresses);

    private Statement SelectKnownAddress => field ??= database.Prepare(
        """
        SELECT account, address_hash, at_us FROM known_addresses
        WHERE account = $account AND address_hash = $address_hash
        """);

    private Statement DeleteKnownAddress => field ??= database.Prepare(
        "DELETE FROM known_addresses WHERE account = $account AND address_hash = $address_hash");

    public LoginFailureFacts? FindLoginFailures(UInt128 nameHash) =>
        loginFailures.TryGetValue(nameHash, out var failures) ? failures : null;

    public IReadOnlyList<UInt128> GetAddresses(long account) =>
        knownAddresses.TryGetValue(account, out var known) ? [.. known.Select(each => each.Hash)] : [];

    public void AddLoginFailures(UInt128 nameHash, int count, long nowUs)
    {
        var before = loginFailures.GetValueOrDefault(nameHash);
        if (before.Count > 0)
        {
            ForgetLoginFailures(nameHash);
        }
        else if (MayBeForgotten(nameHash))
        {
            // More than one too many only where accounts were deleted.
            while (loginFailuresByWeight.Count >= Limits.LoginFailureNamesMax)
            {
                ForgetLoginFailures(loginFailuresByWeight.Min.NameHash);
            }
        }

        var failures = new LoginFailureFacts(Math.Min(before.Count + count, Limits.LoginFailuresMax), nowUs);
        Keep(nameHash, failures);
        digest += writer.Start(Schema.LoginFailures, UpsertLoginFailures)
            .AddBlob(Bytes16.Of(nameHash)).Add(failures.Count).Add(failures.LastAtUs).Write();
        News.LoginFailures.Add(nameHash);
    }

    public void ForgetLoginFailures(UInt128 nameHash)
    {
        if (!loginFailures.Remove(nameHash, out var failures))
        {
            return;
        }

        loginFailuresByWeight.Remove((failures.Count, failures.LastAtUs, nameHash));
        var key = Bytes16.Of(nameHash);
        digest -= HashStored(Schema.LoginFailures, SelectLoginFailures.Start().WithBlob(key));
        DeleteLoginFailures.Start().WithBlob(key).Run();
        News.LoginFailures.Add(nameHash);
    }

    public void ForgetLoginFailures(long lastUntilUs)
    {
        // At most once a second and node, and of at most 10,000 besides those of accounts.
        var outlived = loginFailures.Where(each => each.Value.LastAtUs <= lastUntilUs).Select(each => each.Key);
        foreach (var nameHash in outlived.ToArray())
        {
            ForgetLoginFailures(nameHash);
        }
    }

    public void RememberAddress(long account, UInt128 addressHash, long nowUs)
    {
        if (!knownAddresses.TryGetValue(account, out var known))
        {
            knownAddresses[account] = known = [];
        }

        var place = known.FindIndex(each => each.Hash == addressHash);
        if (place >= 0)
        {
            var isRecent = nowUs - known[place].AtUs < Microseconds.Of(Limits.AddressRefresh);
            if (isRecent || StateVersion < StateVersions.Revocations)
            {
                return;
            }

            ForgetAddress(account, known[place]);
            known.RemoveAt(place);
        }

        if (known.Count == Limits.AddressesPerAccountMax)
        {
            var oldest = known.MinBy(each => (each.AtUs, each.Hash));
            ForgetAddress(account, oldest);
            known.Remove(oldest);
        }

        known.Add(new KnownAddress(addressHash, nowUs));
        digest += writer.Start(Schema.KnownAddresses, InsertKnownAddress)
            .Add(account).AddBlob(Bytes16.Of(addressHash)).Add(nowUs).Write();
        News.KnownAddresses.Add(account);
    }

    /// <summary>An account has this name from now on; nobody's guesses push out those at it.</summary>
    private void NameIsTaken(string name)
    {
        var nameHash = LoginFailureFacts.HashOf(name);
        accountNames.Add(nameHash);
        Reweigh(nameHash);
    }

    private void NameIsFree(string name)
    {
        var nameHash = LoginFailureFacts.HashOf(name);
        accountNames.Remove(nameHash);
        Reweigh(nameHash);
    }

    private bool MayBeForgotten(UInt128 nameHash) =>
        StateVersion < StateVersions.Revocations || !accountNames.Contains(nameHash);

    /// <summary>Whether its wrong passwords may be forgotten for others' is another answer now.</summary>
    private void Reweigh(UInt128 nameHash)
    {
        if (!loginFailures.TryGetValue(nameHash, out var failures))
        {
            return;
        }

        var weight = (failures.Count, failures.LastAtUs, nameHash);
        if (MayBeForgotten(nameHash))
        {
            loginFailuresByWeight.Add(weight);
        }
        else
        {
            loginFailuresByWeight.Remove(weight);
        }
    }

    private void ForgetAddresses(long account)
    {
        if (knownAddresses.Remove(account, out var known))
        {
            known.ForEach(each => ForgetAddress(account, each));
            News.KnownAddresses.Add(account);
        }
    }

    private void ForgetAddress(long account, in KnownAddress address)
    {
        var key = Bytes16.Of(address.Hash);
        digest -= HashStored(Schema.KnownAddresses, SelectKnownAddress.Start().With(account).WithBlob(key));
        DeleteKnownAddress.Start().With(account).WithBlob(key).Run();
    }

    /// <summary>The hash of the one row that a started statement finds.</summary>
    private UInt128 HashStored(Table table, Statement select)
    {
        Invariant.Holds(select.Step());
        var hash = rowHash.OfRow(table, select);
        select.End();
        return hash;
    }

    private void Keep(UInt128 nameHash, in LoginFailureFacts failures)
    {
        loginFailures.Add(nameHash, failures);
        Reweigh(nameHash);
    }

    private void LoadLoginFailures()
    {
        var read = database.Prepare("SELECT name_hash, failures, last_at_us FROM login_failures").Start();
        while (read.Step())
        {
            Keep(Bytes16.From(read.Bytes(0)), new LoginFailureFacts(read.Int32(1), read.Int64(2)));
        }

        var addresses = database.Prepare("SELECT account, address_hash, at_us FROM known_addresses").Start();
        while (addresses.Step())
        {
            var account = addresses.Int64(0);
            if (!knownAddresses.TryGetValue(account, out var known))
            {
                knownAddresses[account] = known = [];
            }

            known.Add(new KnownAddress(Bytes16.From(addresses.Bytes(1)), addresses.Int64(2)));
        }
    }

    private readonly record struct KnownAddress(UInt128 Hash, long AtUs);
}
