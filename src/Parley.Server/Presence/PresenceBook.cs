using Parley.Raft;
using Parley.Server.Node.V1;
using Parley.Server.Sessions;

namespace Parley.Server.Presence;

/// <summary>
/// Who is there, as far as this node has heard: whose delivery streams are open here, who acted here, and what the
/// other nodes told of the same. In memory alone, bounded, and advice: no decision rests on it. All times are of this
/// process's own monotonic clock; what others tell are ages. Any thread.
/// </summary>
internal sealed class PresenceBook(TimeProvider time)
{
    private readonly long startedAt = time.GetTimestamp();
    private readonly Lock gate = new();
    private readonly Dictionary<long, List<PresentStream>> streams = [];
    private readonly Dictionary<long, TimeSpan> acts = [];
    private readonly Dictionary<NodeId, ToldPresence> told = [];
    private readonly SeenPeople seen = new(PresenceLimits.SeenMax);

    private TimeSpan Now => time.GetElapsedTime(startedAt);

    /// <summary>Somebody did something here: sent, edited, deleted, let others know what was read.</summary>
    public void Acted(long account)
    {
        lock (gate)
        {
            NoteAct(account, Now);
        }
    }

    /// <summary>A delivery stream of the account is open here, until that is disposed. Opening it is an act.</summary>
    public PresentStream Opened(long account, AliveSession alive, bool isHidden)
    {
        lock (gate)
        {
            var stream = new PresentStream(this, account, alive, isHidden) { ReadAt = Now };
            if (!streams.TryGetValue(account, out var others))
            {
                streams.Add(account, others = []);
            }

            others.Add(stream);
            seen.NoteHere(account, stream.ReadAt, isHidden);
            NoteAct(account, stream.ReadAt);
            return stream;
        }
    }

    /// <summary>Everybody who is here now, or acted here a moment ago: what another node is told in a round.</summary>
    public IReadOnlyList<PresentAccount> ListHere()
    {
        lock (gate)
        {
            var now = Now;
            var here = new List<PresentAccount>();
            foreach (var (account, open) in streams)
            {
                if (here.Count < PresenceLimits.AccountsPerNodeMax && LookAt(open, now) is { IsFresh: true } look)
                {
                    var idle = seen.Find(account)?.ActedAt is { } actedAt ? now - actedAt : PresenceLimits.IdleMax;
                    here.Add(ToReport(account, idle, isHere: true, look.IsHidden));
                }
            }

            foreach (var (account, at) in acts)
            {
                if (now - at > PresenceLimits.ActToldMax)
                {
                    acts.Remove(account);
                }
                else if (here.Count < PresenceLimits.AccountsPerNodeMax && !streams.ContainsKey(account))
                {
                    here.Add(ToReport(account, now - at, isHere: false, seen.Find(account)?.IsHidden ?? false));
                }
            }

            return here;
        }
    }

    /// <summary>A member of the cluster told who is there.</summary>
    public void Told(NodeId by, PresenceReport report)
    {
        lock (gate)
        {
            var now = Now;
            ForgetOld(now);
            if (!told.TryGetValue(by, out var picture))
            {
                told.Add(by, picture = new ToldPresence());
            }

            picture.Begin(report.First, now);
            foreach (var person in report.Accounts.Take(PresenceLimits.AccountsPerReportMax))
            {
                Take(person, picture, now);
            }

            picture.End(report.Last);
        }
    }

    /// <summary>What is known of an account now.</summary>
    public PresenceSighting Look(long account)
    {
        lock (gate)
        {
            var now = Now;
            var found = new PresenceSighting();
            if (streams.TryGetValue(account, out var open))
            {
                found = found.And(LookAt(open, now));
            }

            foreach (var picture in told.Values)
            {
                found = found.And(picture.Find(account, now));
            }

            return seen.Find(account) is { } last
                ? found with
                {
                    IsHidden = found.IsHidden || (last.IsHidden && !found.IsFresh),
                    IdleFor = last.ActedAt is { } actedAt ? now - actedAt : null,
                    SeenAgo = now - last.SeenAt,
                }
                : found;
        }
    }

    /// <summary>Whether each of these nodes has told everybody who is there, and a moment ago.</summary>
    public bool HaveAllTold(IEnumerable<NodeId> nodes)
    {
        lock (gate)
        {
            var now = Now;
            return nodes.All(node => told.GetValueOrDefault(node) is { IsWhole: true } picture && picture.IsFresh(now));
        }
    }

    /// <summary>Of nodes that are silent: whether each has told everybody once, so that it is known of whom there is
    /// doubt; or this process is older than doubts become.</summary>
    public bool HaveAllToldOnce(IEnumerable<NodeId> silent)
    {
        lock (gate)
        {
            return Now > PresenceLimits.DoubtMax
                || silent.All(node => told.GetValueOrDefault(node) is { IsWhole: true });
        }
    }

    internal void Closed(PresentStream stream)
    {
        lock (gate)
        {
            if (!streams.TryGetValue(stream.Account, out var open) || !open.Remove(stream))
            {
                return;
            }

            if (open.Count == 0)
            {
                streams.Remove(stream.Account);
            }

            seen.NoteHere(stream.Account, Now, stream.IsHidden);
        }
    }

    private void NoteAct(long account, TimeSpan now)
    {
        seen.NoteAct(account, now);
        if (acts.Count < PresenceLimits.AccountsPerNodeMax || acts.ContainsKey(account))
        {
            acts[account] = now;
        }
    }

    /// <summary>A stream counts as of when its client was last known to read it.</summary>
    private PresenceSighting LookAt(List<PresentStream> open, TimeSpan now)
    {
        var found = new PresenceSighting();
        foreach (var stream in open)
        {
            if (stream.IsRead)
            {
                stream.ReadAt = now;
                seen.NoteHere(stream.Account, now, stream.IsHidden);
            }

            found = found.And(new PresenceSighting
            {
                IsFresh = now - stream.ReadAt <= PresenceLimits.SilenceMax,
                IsDoubtful = true,
                IsHidden = stream.IsHidden,
            });
        }

        return found;
    }

    private static PresentAccount ToReport(long account, TimeSpan idle, bool isHere, bool isHidden) => new()
    {
        Account = account,
        // Rounded up: what goes round between nodes must not make an act newer than it was.
        IdleS = (uint)Math.Min(Math.Ceiling(idle.TotalSeconds), PresenceLimits.IdleMax.TotalSeconds),
        Here = isHere,
        Hidden = isHidden,
    };

    private void Take(PresentAccount person, ToldPresence picture, TimeSpan now)
    {
        if (person.Account <= 0)
        {
            return;
        }

        if (person.Here)
        {
            picture.Put(person.Account, person.Hidden);
            seen.NoteHere(person.Account, now, person.Hidden);
        }

        var idle = TimeSpan.FromSeconds(Math.Min(person.IdleS, PresenceLimits.IdleMax.TotalSeconds));
        seen.NoteAct(person.Account, now - idle);
    }

    private void ForgetOld(TimeSpan now)
    {
        foreach (var (node, picture) in told)
        {
            if (picture.IsOver(now))
            {
                told.Remove(node);
            }
        }
    }
}

/// <summary>An open delivery stream as the presence of its account; disposed at its end.</summary>
internal sealed class PresentStream(PresenceBook book, long account, AliveSession alive, bool isHidden) : IDisposable
{
    public long Account => account;

    public bool IsHidden => isHidden;

    /// <summary>Its client takes what is written.</summary>
    public bool IsRead => alive.IsReading;

    /// <summary>When it was last known to; the book's, under its lock.</summary>
    public required TimeSpan ReadAt { get; set; }

    public void Dispose() => book.Closed(this);
}
