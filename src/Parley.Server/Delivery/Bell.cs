using System.Collections.Immutable;
using Parley.Core;
using Parley.Server.Consensus;

namespace Parley.Server.Delivery;

/// <summary>
/// News without content: wakes the streams that may have something to do. A ring that is doubled, or meant
/// another, costs a look at the state; one is never lost between a look and the wait after it (<see cref="BellRope"/>).
/// </summary>
internal sealed class Bell : IApplyListener
{
    private readonly Lock gate = new();
    private readonly Dictionary<long, ImmutableArray<BellRope>> byAccount = [];
    private readonly Dictionary<long, ImmutableArray<BellRope>> bySession = [];

    /// <summary>A rope of its own for one stream; rung once by being new, dispose it with the stream.</summary>
    /// <param name="account">Whose messages ring it; 0: nobody's.</param>
    /// <param name="session">The stream's.</param>
    public BellRope Hang(long account, long session)
    {
        var rope = new BellRope(this, account, session);
        lock (gate)
        {
            if (account != 0)
            {
                Add(byAccount, account, rope);
            }

            Add(bySession, session, rope);
        }

        return rope;
    }

    public void Applied(ApplyResult result)
    {
        foreach (var account in result.AccountsToRing)
        {
            Ring(byAccount, account, BellNews.Messages);
        }

        foreach (var session in result.EndedSessions)
        {
            Ring(bySession, session, BellNews.Session);
        }

        foreach (var opened in result.OpenedStreams)
        {
            Ring(bySession, opened.Session, BellNews.Session);
        }
    }

    public void StateReplaced() => RingAll(BellNews.Replaced);

    /// <summary>Wakes every stream.</summary>
    public void RingAll(BellNews news)
    {
        List<BellRope> ropes = [];
        lock (gate)
        {
            foreach (var some in bySession.Values)
            {
                ropes.AddRange(some);
            }
        }

        foreach (var rope in ropes)
        {
            rope.Ring(news);
        }
    }

    internal void TakeDown(BellRope rope)
    {
        lock (gate)
        {
            Remove(byAccount, rope.Account, rope);
            Remove(bySession, rope.Session, rope);
        }
    }

    private static void Add(Dictionary<long, ImmutableArray<BellRope>> ropes, long key, BellRope rope) =>
        ropes[key] = ropes.TryGetValue(key, out var others) ? others.Add(rope) : [rope];

    private static void Remove(Dictionary<long, ImmutableArray<BellRope>> ropes, long key, BellRope rope)
    {
        if (!ropes.TryGetValue(key, out var some))
        {
            return;
        }

        var rest = some.Remove(rope);
        if (rest.IsEmpty)
        {
            ropes.Remove(key);
        }
        else
        {
            ropes[key] = rest;
        }
    }

    private void Ring(Dictionary<long, ImmutableArray<BellRope>> ropes, long key, BellNews news)
    {
        ImmutableArray<BellRope> rung;
        lock (gate)
        {
            if (!ropes.TryGetValue(key, out rung))
            {
                return;
            }
        }

        foreach (var rope in rung)
        {
            rope.Ring(news);
        }
    }
}

/// <summary>Why a stream was woken: what it should look at.</summary>
[Flags]
internal enum BellNews
{
    None = 0,

    /// <summary>There may be messages or receipts to deliver.</summary>
    Messages = 1,

    /// <summary>The session may have ended, or a newer stream was opened.</summary>
    Session = 2,

    /// <summary>The whole state is another now.</summary>
    Replaced = 4,

    /// <summary>The cluster changed: leader, members, or this node is stopping.</summary>
    Cluster = 8,

    /// <summary>Time has passed: is a heartbeat due?</summary>
    Time = 16,

    /// <summary>The client has gone.</summary>
    CallEnded = 32,
}
