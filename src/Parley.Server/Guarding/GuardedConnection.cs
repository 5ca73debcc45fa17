using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Parley.Server.Guarding;

/// <summary>One connection as <see cref="ConnectionGate"/> knows it; a feature of the connection and of its requests.
/// </summary>
internal sealed class GuardedConnection : IDisposable
{
    /// <summary>How long a call without a session may keep its connection, in times until it must be proven.</summary>
    private const int CallsMayTake = 2;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly ConnectionGate gate;
    private readonly ConnectionContext connection;
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private readonly long openedAt;
    private TimeSpan provenWithin;
    private int calls;
    private bool isProven;
    private volatile bool isClosing;
    private volatile bool isGivenUp;
    private volatile bool goesWhenIdle;

    public GuardedConnection(
        ConnectionGate gate, ConnectionContext connection, CallerAddress address, TimeProvider time)
    {
        this.gate = gate;
        this.connection = connection;
        this.time = time;
        Address = address;
        openedAt = time.GetTimestamp();
        timer = time.CreateTimer(_ => OnTime(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public CallerAddress Address { get; }

    /// <summary>Every call on it is refused.</summary>
    public bool IsSurplus => Place == ConnectionPlace.Surplus;

    /// <summary>No call is open on it.</summary>
    public bool IsIdle => Volatile.Read(ref calls) == 0;

    /// <summary>It is one more than its account may have: it ends with its last open call.</summary>
    public bool GoesWhenIdle
    {
        get => goesWhenIdle;
        set => goesWhenIdle = value;
    }

    /// <summary>The gate's, under its lock.</summary>
    internal ConnectionPlace Place { get; set; }

    /// <summary>Who proved it. The gate's, under its lock.</summary>
    internal long Account { get; set; }

    /// <summary>The gate's, under its lock.</summary>
    internal LinkedListNode<GuardedConnection>? OfAccount { get; set; }

    /// <summary>The gate's, under its lock.</summary>
    internal LinkedListNode<GuardedConnection>? InAll { get; set; }

    /// <summary>The gate's, under its lock.</summary>
    internal LinkedListNode<GuardedConnection>? OfAddress { get; set; }

    /// <summary>From now on it must be proven within this time.</summary>
    public void Watch(TimeSpan within)
    {
        provenWithin = within;

        // Closing takes its time as well.
        var due = within - GuardLimits.CloseMax;
        timer.Change(due > TimeSpan.Zero ? due : within, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A call in a session, or of a node, was made on it.</summary>
    /// <param name="account">Whose session; of the first it counts. 0: a node's.</param>
    public void Prove(long account)
    {
        if (!IsSurplus && !Interlocked.Exchange(ref isProven, value: true))
        {
            gate.Proven(this, account);
        }
    }

    public void CallBegins() => Interlocked.Increment(ref calls);

    public void CallEnds()
    {
        if (Interlocked.Decrement(ref calls) == 0 && GoesWhenIdle)
        {
            GiveUp();
        }
    }

    /// <summary>Ends it soon: its account has enough others.</summary>
    public void GiveUp()
    {
        isGivenUp = true;
        Close();
    }

    /// <summary>Ends it at once.</summary>
    public void Cut() => connection.Abort(new ConnectionAbortedException("not needed any more"));

    public void Dispose() => timer.Dispose();

    private void OnTime()
    {
        if (Volatile.Read(ref isProven) && !isGivenUp)
        {
            return;
        }

        if (isClosing)
        {
            Cut();
            return;
        }

        if (!IsIdle && !IsSurplus && time.GetElapsedTime(openedAt) < provenWithin * CallsMayTake)
        {
            timer.Change(Look, Timeout.InfiniteTimeSpan);
            return;
        }

        Close();
    }

    /// <summary>Politely first: a client that comes back at this moment loses no call.</summary>
    private void Close()
    {
        isClosing = true;
        connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        timer.Change(GuardLimits.CloseMax, Timeout.InfiniteTimeSpan);
    }
}
