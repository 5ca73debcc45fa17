using Parley.Server.Consensus;

namespace Parley.Server.Sessions;

/// <summary>
/// Which sessions were heard from: here (calls, and streams that are open and read), to be told to the leader; and
/// elsewhere, when this node leads. Any thread.
/// </summary>
internal sealed class SessionActivity : ISessionActivity
{
    private readonly Lock gate = new();
    private readonly HashSet<AliveSession> alive = [];
    private readonly HashSet<long> heard = [];
    private readonly Queue<long> heardInOrder = [];
    private HashSet<long> elsewhere = [];

    /// <summary>How many sessions have a stream open here, and how many streams there are.</summary>
    public (int Sessions, int Streams) Open
    {
        get
        {
            lock (gate)
            {
                return (alive.Select(stream => stream.Session).Distinct().Count(), alive.Count);
            }
        }
    }

    /// <summary>A call of this session came.</summary>
    public void Heard(long session)
    {
        lock (gate)
        {
            Add(session);
        }
    }

    /// <summary>A stream of this session is open: it is heard from until that is disposed.</summary>
    public AliveSession StaysAlive(long session)
    {
        var stream = new AliveSession(this, session);
        lock (gate)
        {
            alive.Add(stream);
            Add(session);
        }

        return stream;
    }

    public IReadOnlyList<long> TakeHeard(int sessionsMax)
    {
        lock (gate)
        {
            AddAlive();
            var taken = new List<long>(Math.Min(sessionsMax, heardInOrder.Count));
            while (taken.Count < sessionsMax && heardInOrder.TryDequeue(out var session))
            {
                heard.Remove(session);
                taken.Add(session);
            }

            return taken;
        }
    }

    public void HeardElsewhere(IReadOnlyList<long> sessions)
    {
        lock (gate)
        {
            elsewhere.UnionWith(sessions);
        }
    }

    /// <summary>For a leader: everything heard here and elsewhere since the last call.</summary>
    public IReadOnlyCollection<long> TakeAll()
    {
        lock (gate)
        {
            AddAlive();
            var all = elsewhere;
            all.UnionWith(heardInOrder);
            heard.Clear();
            heardInOrder.Clear();
            elsewhere = [];
            return all;
        }
    }

    /// <summary>For a node that does not lead: what others told it is not for it.</summary>
    public void ForgetElsewhere()
    {
        lock (gate)
        {
            elsewhere.Clear();
        }
    }

    internal void End(AliveSession stream)
    {
        lock (gate)
        {
            alive.Remove(stream);
            Add(stream.Session);
        }
    }

    private void AddAlive()
    {
        foreach (var stream in alive)
        {
            if (stream.IsReading)
            {
                Add(stream.Session);
            }
        }
    }

    private void Add(long session)
    {
        if (heard.Add(session))
        {
            heardInOrder.Enqueue(session);
        }
    }
}

/// <summary>An open stream of a session; disposed at its end.</summary>
internal sealed class AliveSession(SessionActivity activity, long session) : IDisposable
{
    private volatile bool isReading = true;

    public long Session => session;

    /// <summary>False while the client does not take what was written: then the stream proves nothing.</summary>
    public bool IsReading
    {
        get => isReading;
        set => isReading = value;
    }

    public void Dispose() => activity.End(this);
}
