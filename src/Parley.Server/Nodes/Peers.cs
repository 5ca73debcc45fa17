using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Parley.Raft;
using Parley.Server.Certificates;
using Parley.Server.Consensus;
using Parley.Server.Hosting;
using Parley.Server.Node.V1;

namespace Parley.Server.Nodes;

/// <summary>All other members: what is said to them, and what is known of them. Thread-safe.</summary>
internal sealed class Peers : IDisposable
{
    private static readonly TimeSpan NudgeInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HeardMax = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<NodeId, PeerLink> links = new();
    private readonly ConcurrentDictionary<NodeId, PeerNews> news = new();
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
    private int nudgeCount;

    public Peers(
        ServerOptions options,
        Greeting greeting,
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

    /// <summary>From now on sessions' activity is told to the leader.</summary>
    public void Start(ISessionActivity? sessions)
    {
        activity = sessions;
        nudges.Change(NudgeInterval, NudgeInterval);
    }

    /// <summary>Makes and ends links as members come and go.</summary>
    public void MembersAre(Membership current)
    {
        if (ReferenceEquals(current, membership))
        {
            return;
        }

        membership = current;
        foreach (var member in current.Members)
        {
            var isSame = links.TryGetValue(member.Id, out var link) && link.Member == member;
            if (member.Id == greeting.Self || isSame)
            {
                continue;
            }

            var dialled = options.DialAddressOf(member.Id.Value) ?? member.Address;
            if (HostPort.TryParse(dialled, out var address))
            {
                links[member.Id] = new PeerLink(this, member, address);
            }

            link?.Dispose();
        }

        foreach (var gone in links.Keys.Except(current.Members.Select(member => member.Id)).ToList())
        {
            if (links.TryRemove(gone, out var link))
            {
                link.Dispose();
            }
        }
    }

    public void Send(Message message)
    {
        if (links.TryGetValue(message.To, out var link))
        {
            link.Send(message);
        }
    }

    /// <summary>Forwards what waits on this lane to its leader, until the lane is closed or the way breaks.</summary>
    public void Forward(ProposalLane lane, Proposer proposer)
    {
        var member = FindMember(lane.Leader);
        if (member is not null && links.TryGetValue(lane.Leader, out var link) && link.Connection is { } connection)
        {
            _ = new ForwardCall(lane, proposer).RunAsync(connection, greeting.To(member));
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
        && news.TryGetValue(peer, out var last) && time.GetElapsedTime(last.HeardAt) < HeardMax;

    /// <summary>Empty while unknown.</summary>
    public string ClientAddressOf(NodeId peer) => news.TryGetValue(peer, out var last) ? last.ClientAddress : "";

    /// <summary>What its program knows, as it said when it opened its last stream; 0 while unknown.</summary>
    public int StateVersionMaxOf(NodeId peer) => news.TryGetValue(peer, out var last) ? last.StateVersionMax : 0;

    /// <summary>-1 while unknown.</summary>
    public int FaultsToldBy(NodeId peer) =>
        news.TryGetValue(peer, out var last) && time.GetElapsedTime(last.HeardAt) < HeardMax
            ? last.FaultsTolerated
            : -1;

    /// <summary>Where to look for a member: as this node was told at its start, else as the log says.</summary>
    public string AddressOf(Member member)
    {
        var configured = options.Members.FirstOrDefault(item => item.Id == member.Id.Value).Address;
        return configured ?? member.Address;
    }

    /// <summary>Members that refuse to talk to this node, or it to them: one sentence each.</summary>
    public IEnumerable<string> Refusals() =>
        from link in links.Values
        where link.Refusal.Length > 0
        orderby link.Member.Id
        select string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"node {link.Member.Id.Value} refuses: {link.Refusal}");

    /// <summary>A connection of its own to a member, for what must not hold up the stream.</summary>
    public PeerConnection Connect(NodeId peer) =>
        links.TryGetValue(peer, out var link)
            ? new PeerConnection(link.Address, Tls.OptionsTo(peer.Value))
            : throw new IOException("no such member");

    public Metadata GreetingTo(Member member) => greeting.To(member);

    public Metadata GreetingTo(NodeId peer) =>
        greeting.To(FindMember(peer) ?? throw new IOException("no such member"));

    /// <summary>A peer said something on its stream.</summary>
    public void Received(NodeId from, ConsensusRequest request)
    {
        var now = time.GetTimestamp();
        var before = news.GetValueOrDefault(from);
        news[from] = new PeerNews(
            now,
            request.ClientAddress.Length > 0 ? request.ClientAddress : before?.ClientAddress ?? "",
            request.FaultsToleratedPlusOne - 1,
            request.StateVersionMax > 0 ? (int)request.StateVersionMax : before?.StateVersionMax ?? 0);
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

        var messages = new List<Message>(request.Messages.Count);
        foreach (var wire in request.Messages)
        {
            if (Wire.FromWire(wire, from, greeting.Self) is { } message)
            {
                messages.Add(message);
            }
        }

        // A full mailbox loses it, as a network would.
        mail.Loop.TryPost(new LoopInput.Received(from, messages, request.ClockUs, now));
    }

    internal void ConnectionReset(NodeId peer) => mail.Loop.Post(new LoopInput.ConnectionReset(peer));

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

    public void Dispose()
    {
        nudges.Dispose();
        foreach (var link in links.Values)
        {
            link.Dispose();
        }
    }

    private Member? FindMember(NodeId peer) => membership.Members.FirstOrDefault(member => member.Id == peer);

    private void NudgeAll() => ProcessEnd.Guard("telling the other nodes", () =>
    {
        digests.Look(membership);
        var node = leader.Node;
        IReadOnlyList<long>? sessions = null;
        if (++nudgeCount % 2 == 0 && node != NodeId.None)
        {
            sessions = activity?.TakeHeard(Core.Limits.SessionsPerCommandMax);
            if (node == greeting.Self && sessions is { Count: > 0 })
            {
                activity?.HeardElsewhere(sessions);
            }
        }

        foreach (var link in links.Values)
        {
            link.Nudge(link.Member.Id == node ? sessions : null);
        }
    });

    private sealed record LeaderFacts(NodeId Node, Term Term, int? FaultsTolerated);

    private sealed record PeerNews(
        long HeardAt, string ClientAddress, int FaultsTolerated, int StateVersionMax);
}
