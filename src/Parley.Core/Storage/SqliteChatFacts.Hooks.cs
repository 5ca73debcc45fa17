using System.Runtime.InteropServices;
using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Where hooks post to, and the keys they have seen: each is a client of its own with one counter, under a
/// number that no account has, and has ended the moment it came.</content>
internal sealed partial class SqliteChatFacts
{
    private readonly Dictionary<long, int> hookKeys = [];

    private Statement InsertHook => field ??= database.Prepare(
        "INSERT INTO hooks (number, recipient, room) VALUES ($number, $recipient, $room)", Schema.Hooks);

    private Statement SelectHook => field ??= database.Prepare(
        "SELECT number, recipient, room FROM hooks WHERE number = $number");

    private Statement DeleteHook => field ??= database.Prepare("DELETE FROM hooks WHERE number = $number");

    private Statement SelectHookKey => field ??= database.Prepare(
        """
        SELECT number FROM clients WHERE account < 0 AND account = $account AND request_id = $request_id
        ORDER BY number
        """);

    private Statement CountKeysOfHook => field ??= database.Prepare(
        "SELECT COUNT(*) FROM clients WHERE account < 0 AND account = $account");

    public ClientFacts? FindHookKey(long hook, UInt128 keyHash)
    {
        WriteCachedRows();
        var select = SelectHookKey.Start().With(-hook).WithBlob(Bytes16.Of(keyHash));
        if (!select.Step())
        {
            return null;
        }

        var number = (ulong)select.Int64(0);
        select.End();
        return FindClient(number);
    }

    public int CountHookKeys(long hook)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(hookKeys, hook, out var isKnown);
        if (!isKnown)
        {
            WriteCachedRows();
            var select = CountKeysOfHook.Start().With(-hook);
            Invariant.Holds(select.Step());
            count = select.Int32(0);
            select.End();
        }

        return count;
    }

    public ulong AddHookKey(long hook, UInt128 keyHash, long nowUs)
    {
        hookKeys[hook] = CountHookKeys(hook) + 1;
        var number = AddClient(-hook, session: 0, keyHash);
        clients[number].EndedAtUs = nowUs;
        return number;
    }

    /// <summary>A client that is forgotten may have been a key.</summary>
    private void ForgetHookKey(ClientRow client)
    {
        if (client.Account < 0 && hookKeys.ContainsKey(-client.Account))
        {
            hookKeys[-client.Account]--;
        }
    }

    private Dictionary<long, MessageTarget> ReadHooks()
    {
        var found = new Dictionary<long, MessageTarget>();
        var read = database.Prepare("SELECT number, recipient, room FROM hooks ORDER BY number").Start();
        while (read.Step())
        {
            found.Add(read.Int64(0), new MessageTarget(read.Int64(1), read.Int64(2)));
        }

        return found;
    }
}
