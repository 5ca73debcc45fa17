using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Parley.Server.Guarding;

/// <summary>
/// How many connections a listener keeps: altogether, and of an address. A connection is proven when a call in a
/// session (on the node port: any call of a node) was made on it. Where there is no room, the oldest unproven one goes:
/// idle strangers never keep anybody out. Of the proven ones of an account with too many, the oldest idle one goes:
/// members do not either. Where none is idle, the new one goes as soon as it is: calls that are open, of which an
/// account has so many as well, are never cut. Any thread.
/// </summary>
/// <param name="shares">As they are now.</param>
/// <param name="countsProven">Whether the proven ones count as well.</param>
/// <param name="time">For the time until a connection must be proven.</param>
internal sealed class ConnectionGate(Func<ConnectionShares> shares, bool countsProven, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly LinkedList<GuardedConnection> unproven = [];
    private readonly Dictionary<CallerAddress, AddressConnections> byAddress = [];
    private readonly Dictionary<long, LinkedList<GuardedConnection>> byAccount = [];
    private int counted;
    private int surplus;

    /// <summary>Stands before everything else a listener does with a connection, TLS included.</summary>
    public void Guard(ListenOptions listen) =>
        listen.Use(next => connection => RunAsync(connection, next));

    /// <summary>It is proven: its time is not limited any more.</summary>
    internal void Proven(GuardedConnection connection, long account)
    {
        var most = shares().PerAccount;
        GuardedConnection? given = null;
        lock (gate)
        {
            RemoveUnproven(connection);
            if (!countsProven)
            {
                Remove(connection);
            }
            else if (connection.Place == ConnectionPlace.Counted)
            {
                given = AddOfAccount(connection, account, most);
            }
        }

        given?.GiveUp();
    }

    private async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        using var guarded = Enter(connection);
        if (guarded is null)
        {
            connection.Abort(new ConnectionAbortedException("too many connections"));
            return;
        }

        connection.Features.Set(guarded);
        try
        {
            await next(connection);
        }
        finally
        {
            lock (gate)
            {
                RemoveUnproven(guarded);
                Remove(guarded);
            }
        }
    }

    /// <summary>Null: there is no room, not even to say so.</summary>
    private GuardedConnection? Enter(ConnectionContext connection)
    {
        var now = shares();
        var address = CallerAddress.Of((connection.RemoteEndPoint as System.Net.IPEndPoint)?.Address);
        var entered = new GuardedConnection(this, connection, address, time);
        var evicted = new List<GuardedConnection>();
        lock (gate)
        {
            var hasRoom = MakeRoomOf(address, now.PerAddress, evicted) && MakeRoom(now.Total, evicted);
            if (!hasRoom && surplus >= GuardLimits.SurplusConnections)
            {
                entered.Dispose();
                entered = null;
            }
            else
            {
                Add(entered, isSurplus: !hasRoom);
            }
        }

        evicted.ForEach(each => each.Cut());
        entered?.Watch(entered.IsSurplus ? GuardLimits.CloseMax : now.ProvenWithin);
        return entered;
    }

    private bool MakeRoomOf(CallerAddress address, int most, List<GuardedConnection> evicted)
    {
        if (!byAddress.TryGetValue(address, out var others) || others.Count < most)
        {
            return true;
        }

        return TryEvict(others.Unproven.First, evicted);
    }

    private bool MakeRoom(int most, List<GuardedConnection> evicted) =>
        counted < most || TryEvict(unproven.First, evicted);

    private bool TryEvict(LinkedListNode<GuardedConnection>? oldest, List<GuardedConnection> evicted)
    {
        if (oldest is null)
        {
            return false;
        }

        var connection = oldest.Value;
        RemoveUnproven(connection);
        Remove(connection);
        evicted.Add(connection);
        return true;
    }

    private void Add(GuardedConnection connection, bool isSurplus)
    {
        if (isSurplus)
        {
            surplus++;
            connection.Place = ConnectionPlace.Surplus;
            return;
        }

        if (!byAddress.TryGetValue(connection.Address, out var others))
        {
            byAddress[connection.Address] = others = new AddressConnections();
        }

        counted++;
        others.Count++;
        connection.Place = ConnectionPlace.Counted;
        connection.InAll = unproven.AddLast(connection);
        connection.OfAddress = others.Unproven.AddLast(connection);
    }

    private void RemoveUnproven(GuardedConnection connection)
    {
        if (connection.InAll is { } place)
        {
            unproven.Remove(place);
            byAddress[connection.Address].Unproven.Remove(connection.OfAddress!);
            (connection.InAll, connection.OfAddress) = (null, null);
        }
    }

    /// <summary>Counts it no more; the second time nothing happens.</summary>
    private void Remove(GuardedConnection connection)
    {
        if (connection.Place == ConnectionPlace.Surplus)
        {
            surplus--;
        }
        else if (connection.Place == ConnectionPlace.Counted)
        {
            counted--;
            var others = byAddress[connection.Address];
            if (--others.Count == 0)
            {
                byAddress.Remove(connection.Address);
            }
        }

        connection.Place = ConnectionPlace.None;
        RemoveOfAccount(connection);
    }

    /// <summary>Which one has to go for it, if any.</summary>
    private GuardedConnection? AddOfAccount(GuardedConnection connection, long account, int most)
    {
        if (!byAccount.TryGetValue(account, out var others))
        {
            byAccount[account] = others = [];
        }

        GuardedConnection? given = null;
        if (others.Count >= most)
        {
            given = others.FirstOrDefault(each => each.IsIdle);
            if (given is null)
            {
                connection.GoesWhenIdle = true;
                return null;
            }
        }

        connection.Account = account;
        connection.OfAccount = others.AddLast(connection);
        if (given is not null)
        {
            RemoveOfAccount(given);
        }

        return given;
    }

    private void RemoveOfAccount(GuardedConnection connection)
    {
        if (connection.OfAccount is { List: { } others } place)
        {
            others.Remove(place);
            connection.OfAccount = null;
            if (others.Count == 0)
            {
                byAccount.Remove(connection.Account);
            }
        }
    }

    private sealed class AddressConnections
    {
        public int Count { get; set; }

        public LinkedList<GuardedConnection> Unproven { get; } = [];
    }
}

/// <summary>What a listener may have.</summary>
/// <param name="Total">Connections.</param>
/// <param name="PerAddress">Of them, of one address.</param>
/// <param name="PerAccount">Proven ones of an account, whatever their address.</param>
/// <param name="ProvenWithin">An unproven connection is closed after this.</param>
internal readonly record struct ConnectionShares(int Total, int PerAddress, int PerAccount, TimeSpan ProvenWithin);

/// <summary>As what a connection is counted.</summary>
internal enum ConnectionPlace
{
    /// <summary>Not, or not any more.</summary>
    None = 0,

    /// <summary>As one of its address and of all.</summary>
    Counted = 1,

    /// <summary>Beyond what there is room for: kept for a moment, to be told so.</summary>
    Surplus = 2,
}
