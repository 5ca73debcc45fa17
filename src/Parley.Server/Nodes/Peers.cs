using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Server.Certificates;
using Parley.Server.Consensus;
using Parley.Server.Hosting;
using Parley.Server.Node.V1;
using Parley.Server.Presence;

namespace Parley.Server.Nodes;

/// <summary>All other members: what is said to them, and what is known of them. Thread-safe.</summary>
internal sealed class Peers : IDisposable
{
    private static readonly TimeSpan NudgeInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HeardMax = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<NodeId, PeerLink> links = new();
    private readonly ConcurrentDictionary<NodeKey, PeerNews> news = new();
    private readonly AddressBook addresses;
    private readonly Guests guests = new();
    private readonly Lock linking = new();
    private readonly ServerOptions options;
    private readonly Greeting greeting;
    private readonly NodeMail mail;
    private readonly LogTime logTime;
    private readonly DigestWatch digests;
    private readonly TimeProvider time;
    private readonly Timer nudges;
    private volatile Membership membership;
    private volatile LeaderFacts leader = new(NodeId.None, Term.None, null);
    private ISessionActivity? activity;
    private PresenceBook? presence;
    private int nudgeCount;

    public Peers(
        ServerOptions options,
        Greeting greeting,
        IReadOnlyList<FoundingMember> founders,
        NodeTls tls,
        Membership membership,
        NodeMail mail,
        LogTime logTime,
        DigestWatch digests,
        TimeProvider time,
        ILogger logger)
    {
        this.options = options;
        this.greeting = greeting;
        Tls = tls;
        addresses = new AddressBook(options, founders, MayDial);
        this.membership = new Membership { Members = [] };
        this.mail = mail;
        this.logTime = logTime;
        this.digests = digests;
        this.time = time;
        Logger = logger;
        nudges = new Timer(_ => NudgeAll(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        MembersAre(membership);
    }

    public ILogger Logger { get; }

    public NodeTls Tls { get; }

    /// <summary>This node's address for clients, as others hand it out.</summary>
    public string ClientAddress => options.Advertise ?? options.Listen;

    public Greeting Greeting => greeting;

    public Membership Membership => membership;

    /// <summary>From now on sessions' activity is told to the leader, and who is there to all.</summary>
    public void Start(ISessionActivity? sessions, PresenceBook? people)
    {
        (activity, presence) = (sessions, people);
        nudges.Change(NudgeInterval, NudgeInterval);
    }

    /// <summary>Makes and ends links as members come and go.</summary>
    public void MembersAre(Membership current)
    {
        if (ReferenceEquals(current, membership))
        {
            return;
        }

        lock (linking)
        {
            membership = current;
            foreach (var member in current.Members)
            {
                if (member.Key != greeting.Key)
                {
                    LinkTo(member);
                }
            }

            foreach (var gone in links.Keys.Except(current.Members.Select(member => member.Id)).ToList())
            {
                if (links.TryRemove(gone, out var link))
                {
                    Leave(link);
                }
            }
        }

        guests.MembersAre(current);
    }

    /// <summary>A node opened a stream to this one; dispose when it ends.</summary>
    public IDisposable Arrived(CallingNode caller)
    {
        if (caller.Addresses is not [var best, ..])
        {
            return guests.Arrived(caller.Key, () => null);
        }

        addresses.Said(caller.Key, caller.Addresses);
        LookAgain(caller.Key);
        var guest = new Member(caller.Key.Id, false, caller.Key.Incarnation, best);
        return guests.Arrived(caller.Key, () => IsMember(caller.Key) ? null : NewLinkTo(guest));
    }

    /// <summary>Plaintext is spoken on loopback only.</summary>
    public bool MayDial(HostPort address) => Tls.IsOn || address.IsLoopback;

    public Member? FindMember(NodeId peer) => membership.Members.FirstOrDefault(member => member.Id == peer);

    public bool IsMember(NodeKey node) => membership.Members.Any(member => member.Key == node);

    public void Send(Message message) => FindLink(message.To)?.Send(message);

    /// <summary>Forwards what waits on this lane to its leader, until the lane is closed or the way breaks.</summary>
    public void Forward(ProposalLane lane, Proposer proposer)
    {
        var member = FindMember(lane.Leader);
        if (member is not null && links.TryGetValue(lane.Leader, out var link) && link.Connection is { } connection)
        {
            _ = new ForwardCall(lane, proposer).RunAsync(connection, GreetingTo(member.Key));
        }
        else
        {
            proposer.Broken(lane);
        }
    }

    /// <summary>What the loop knows of the leader; told to the others.</summary>
    public void LeaderIs(NodeId node, Term term, int? faultsTolerated) =>
        leader = new LeaderFacts(node, term, faultsTolerated);

    /// <summary>Heard from lately, and the own stream to it is open.</summary>
    public bool IsReachable(NodeId peer) =>
        links.TryGetValue(peer, out var link) && link.IsConnected
        && FindNews(peer) is { } last && time.GetElapsedTime(last.HeardAt) < HeardMax;

    /// <summary>Empty while unknown.</summary>
    public string ClientAddressOf(NodeId peer) => FindNews(peer)?.ClientAddress ?? "";

    /// <summary>What its program knows, as it said when it opened its last stream; 0 while unknown.</summary>
    public int StateVersionMaxOf(NodeId peer) => FindNews(peer)?.StateVersionMax ?? 0;

    /// <summary>-1 while unknown.</summary>
    public int FaultsToldBy(NodeId peer) =>
        FindNews(peer) is { } last && time.GetElapsedTime(last.HeardAt) < HeardMax
            ? last.FaultsTolerated
            : -1;

    /// <summary>Where a member is: where this node reached it last, unless that is the end of a tunnel; else the best
    /// guess.</summary>
    public string AddressOf(Member member) =>
        FindLink(member.Key)?.ReachedAt is { } there && options.Dial.All(item => item.Id != member.Id.Value)
            ? there
            : addresses.Of(member);

    /// <summary>Where to look for a newcomer that is said to be at this address; null: at no address that may be
    /// dialled.</summary>
    public HostPort? FindWayTo(NodeId node, string address) => addresses.FindWayTo(node, address);

    /// <summary>Members that refuse to talk to this node, or it to them: one sentence each.</summary>
    public IEnumerable<string> Refusals() =>
        from link in links.Values
        where link.Refusal.Length > 0
        orderby link.Member.Id
        select string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"node {link.Member.Id.Value} refuses: {link.Refusal}");

    /// <summary>A connection of its own to another node, for what must not hold up the stream.</summary>
    public PeerConnection Connect(NodeKey peer) =>
        FindLink(peer) is { } link
            ? new PeerConnection(link.Address, Tls.OptionsTo(peer.Id.Value))
            : throw new IOException("no such node");

    /// <summary>What this node says to another; where it is by the log, too: its settings may be from before it moved.
    /// </summary>
    public Metadata GreetingTo(NodeKey peer) =>
        greeting.To(peer, FindMember(greeting.Self) is { } member && member.Key == greeting.Key
            ? addresses.Of(member)
            : greeting.Address);

    /// <summary>A peer said something on its stream.</summary>
    public void Received(NodeKey sender, ConsensusRequest request)
    {
        var now = time.GetTimestamp();
        var isMember = IsMember(sender);
        Note(sender, request, now);
        if (isMember)
        {
            TakeReports(sender.Id, request);
        }

        var messages = new List<Message>(request.Messages.Count);
        foreach (var wire in request.Messages)
        {
            if (Wire.FromWire(wire, sender, greeting.Key) is { } message)
            {
                messages.Add(message);
            }
        }

        // A full mailbox loses it, as a network would.
        mail.Loop.TryPost(new LoopInput.Received(sender.Id, messages, isMember ? request.ClockUs : 0, now));
    }

    internal void ConnectionReset(PeerLink link)
    {
        if (links.GetValueOrDefault(link.Key.Id) == link)
        {
            mail.Loop.Post(new LoopInput.ConnectionReset(link.Key.Id));
        }
    }

    internal void FillDigests(ConsensusRequest request)
    {
        foreach (var (index, digest) in digests.Report)
        {
            request.DigestMarks.Add(new DigestMark
            {
                Index = index,
                DigestHigh = (ulong)(digest.Value >> 64),
                DigestLow = (ulong)digest.Value,
            });
        }
    }

    internal void FillFacts(ConsensusRequest request)
    {
        request.ClockUs = WallClock.NowUs(time);
        var facts = leader;
        if (facts.Node == greeting.Self)
        {
            request.LogTimeUs = logTime.NowUs;
            request.FaultsToleratedPlusOne = (facts.FaultsTolerated ?? -1) + 1;
        }
    }

    /// <summary>For one stream to another node; null while there is nobody to tell of.</summary>
    internal PresenceRounds? BeginPresence() => presence is { } book ? new PresenceRounds(book) : null;

    public void Dispose()
    {
        nudges.Dispose();
        guests.Dispose();
        foreach (var link in links.Values)
        {
            link.Dispose();
        }
    }

    /// <summary>A member says where it is: a link that looks for it elsewhere, in vain, looks there, too.</summary>
    private void LookAgain(NodeKey caller)
    {
        lock (linking)
        {
            if (links.ContainsKey(caller.Id) && FindMember(caller.Id) is { } member && member.Key == caller)
            {
                LinkTo(member);
            }
        }
    }

    /// <summary>The link to a member stays when it becomes a voter, or a learner, or is said to be elsewhere. Under
    /// <c>linking</c>.</summary>
    private void LinkTo(Member member)
    {
        var before = links.GetValueOrDefault(member.Id);
        if (before?.Key == member.Key)
        {
            before.LookAt(addresses.WaysTo(member));
            return;
        }

        if (NewLinkTo(member) is { } link)
        {
            links[member.Id] = link;
            if (before is not null)
            {
                Leave(before);
            }
        }
    }

    /// <summary>Null: nobody has said where it is.</summary>
    private PeerLink? NewLinkTo(Member member) =>
        addresses.WaysTo(member) is { Count: > 0 } ways ? new PeerLink(this, member, ways) : null;

    /// <summary>What was known of who had this id says nothing of who has it now.</summary>
    private void Leave(PeerLink link)
    {
        digests.Forget(link.Key.Id);
        guests.Keep(link);
    }

    private PeerLink? FindLink(NodeKey node) =>
        links.GetValueOrDefault(node.Id) is { } link && link.Key == node ? link : guests.Find(node);

    private PeerNews? FindNews(NodeId peer) =>
        FindMember(peer) is { } member ? news.GetValueOrDefault(member.Key) : null;

    /// <summary>What is said once a stream is kept of guests, too: they may be members in a moment.</summary>
    private void Note(NodeKey sender, ConsensusRequest request, long now)
    {
        var before = news.GetValueOrDefault(sender);
        news[sender] = new PeerNews(
            now,
            request.ClientAddress.Length > 0 ? request.ClientAddress : before?.ClientAddress ?? "",
            request.FaultsToleratedPlusOne - 1,
            request.StateVersionMax > 0 ? (int)request.StateVersionMax : before?.StateVersionMax ?? 0);
    }

    private void TakeReports(NodeId from, ConsensusRequest request)
    {
        if (request.LogTimeUs != 0 && from == leader.Node)
        {
            logTime.Tell(request.LogTimeUs);
        }

        foreach (var mark in request.DigestMarks)
        {
            digests.Told(from, mark.Index, new Core.StateDigest(new UInt128(mark.DigestHigh, mark.DigestLow)));
        }

        if (request.SessionsHeard.Count > 0)
        {
            activity?.HeardElsewhere(request.SessionsHeard);
        }

        if (request.Presence is { } report)
        {
            presence?.Told(from, report);
        }
    }

    private void ForgetWhoIsGone()
    {
        foreach (var key in news.Keys.Concat(addresses.Known))
        {
            if (!IsMember(key) && !guests.IsHere(key))
            {
                news.TryRemove(key, out _);
                addresses.Forget(key);
            }
        }
    }

    private void NudgeAll() => ProcessEnd.Guard("telling the other nodes", () =>
    {
        digests.Look(membership);
        ForgetWhoIsGone();
        var node = leader.Node;
        IReadOnlyList<long>? sessions = null;
        var isSecond = ++nudgeCount % 2 == 0;
        if (isSecond && node != NodeId.None)
        {
            sessions = activity?.TakeHeard(Core.Limits.SessionsPerCommandMax);
            if (node == greeting.Self && sessions is { Count: > 0 })
            {
                activity?.HeardElsewhere(sessions);
            }
        }

        foreach (var link in links.Values)
        {
            link.Nudge(link.Member.Id == node ? sessions : null, isSecond);
        }
    });

    private sealed record LeaderFacts(NodeId Node, Term Term, int? FaultsTolerated);

    private sealed record PeerNews(
        long HeardAt, string ClientAddress, int FaultsTolerated, int StateVersionMax);
}
