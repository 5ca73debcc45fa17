using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Server.Sessions;

/// <summary>
/// The leader's count of how long sessions were not heard from. Leases up to five minutes are counted here, in the
/// leader's own ticks; longer ones live in the state by log time, and are only kept up from here. Not thread-safe.
/// </summary>
internal sealed class Leases
{
    /// <summary>How late a node's report may come: they go about once a second.</summary>
    public static readonly TimeSpan ReportDelay = TimeSpan.FromSeconds(2);

    /// <summary>A touch goes at most this often, and four times within the lease.</summary>
    public static readonly TimeSpan TouchInterval = TimeSpan.FromHours(1);

    private const int TouchesPerLease = 4;

    private readonly Dictionary<long, TimeSpan> heardAt = [];
    private TimeSpan now;

    /// <summary>Forgets everything: a new leader, or one that slept, does not know who was heard meanwhile.</summary>
    public void Restart()
    {
        heardAt.Clear();
        now = TimeSpan.Zero;
    }

    public void Advance(TimeSpan elapsed) => now += elapsed;

    public void Heard(IReadOnlyCollection<long> sessions)
    {
        foreach (var session in sessions)
        {
            heardAt[session] = now;
        }
    }

    /// <summary>Looks at all live sessions, once a tick.</summary>
    /// <param name="live">All live sessions.</param>
    /// <param name="logTimeUs">Log time of the last entry applied.</param>
    public LeaseFindings Look(IReadOnlyCollection<SessionFacts> live, long logTimeUs)
    {
        List<SessionTouch> expired = [];
        List<SessionTouch> touched = [];
        HashSet<long> known = [];
        foreach (var session in live)
        {
            known.Add(session.Number);
            if (session.Lease <= Limits.LeaseCountedByLeaderMax)
            {
                LookAtShort(session, expired);
            }
            else
            {
                LookAtLong(session, logTimeUs, expired, touched);
            }
        }

        Forget(known);
        return new LeaseFindings(expired, touched);
    }

    private static void Add(List<SessionTouch> touches, SessionFacts session, long touchedAtUs)
    {
        if (touches.Count < Limits.SessionsPerCommandMax)
        {
            touches.Add(new SessionTouch { Session = session.Number, TouchedAtUs = touchedAtUs });
        }
    }

    private void LookAtShort(SessionFacts session, List<SessionTouch> expired)
    {
        // Never seen before: it counts from now on, at its login or at this leader's election.
        if (heardAt.TryAdd(session.Number, now))
        {
            return;
        }

        if (now - heardAt[session.Number] > session.Lease + ReportDelay)
        {
            Add(expired, session, session.TouchedAtUs);
        }
    }

    private void LookAtLong(
        SessionFacts session, long logTimeUs, List<SessionTouch> expired, List<SessionTouch> touched)
    {
        var sinceTouch = TimeSpan.FromMicroseconds(logTimeUs - session.TouchedAtUs);
        var interval = TimeSpan.FromTicks(Math.Min(TouchInterval.Ticks, session.Lease.Ticks / TouchesPerLease));
        if (heardAt.ContainsKey(session.Number))
        {
            if (sinceTouch >= interval)
            {
                Add(touched, session, logTimeUs);
            }
        }
        else if (sinceTouch > session.Lease && now > Limits.LeaseDefault)
        {
            // A leader that is new has heard nobody yet: it waits for the reports of all nodes first.
            Add(expired, session, session.TouchedAtUs);
        }
    }

    private void Forget(HashSet<long> known)
    {
        if (heardAt.Count <= known.Count)
        {
            return;
        }

        foreach (var session in heardAt.Keys.Where(session => !known.Contains(session)).ToList())
        {
            heardAt.Remove(session);
        }
    }
}

/// <summary>What the leader should propose.</summary>
internal sealed record LeaseFindings(IReadOnlyList<SessionTouch> Expired, IReadOnlyList<SessionTouch> Touched);
