using Microsoft.Extensions.Logging;

namespace Parley.Server;

/// <summary>Log messages of consensus, connections and hosting: events 2000 to 2999.</summary>
internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Information, "Leader {Leader} in term {Term} (0: nobody is known)")]
    public static partial void LeaderKnown(ILogger logger, int leader, long term);

    [LoggerMessage(2002, LogLevel.Information, "The process of node {Node} is gone: its connection was reset")]
    public static partial void ConnectionReset(ILogger logger, int node);

    [LoggerMessage(2003, LogLevel.Information, "Connected to node {Node}")]
    public static partial void PeerConnected(ILogger logger, int node);

    [LoggerMessage(2004, LogLevel.Information, "Lost node {Node}: {Reason}")]
    public static partial void PeerLost(ILogger logger, int node, string reason);

    [LoggerMessage(2005, LogLevel.Information, "A snapshot up to {Index} was made for nodes that are far behind")]
    public static partial void SnapshotMade(ILogger logger, long index);

    [LoggerMessage(2006, LogLevel.Information, "A snapshot up to {Index} took the place of the state")]
    public static partial void SnapshotInstalled(ILogger logger, long index);

    [LoggerMessage(
        2007,
        LogLevel.Warning,
        "The snapshot up to {Index} was not fetched: {Reason}; the leader will offer one again")]
    public static partial void SnapshotNotFetched(ILogger logger, long index, string reason);

    [LoggerMessage(
        2021,
        LogLevel.Error,
        "The snapshot up to {Index} is damaged on this node's disk ({Reason}): it is dropped, and another one made "
        + "where one is needed. What to do: look at the disk")]
    public static partial void SnapshotDamaged(ILogger logger, long index, string reason);

    [LoggerMessage(2008, LogLevel.Information, "{Notice}")]
    public static partial void FormationNotice(ILogger logger, string notice);

    [LoggerMessage(2009, LogLevel.Information, "Stopping: {Step}")]
    public static partial void Stopping(ILogger logger, string step);

    [LoggerMessage(2010, LogLevel.Information, "The cluster's first settings were proposed: {Outcome}")]
    public static partial void FirstSettings(ILogger logger, string outcome);

    [LoggerMessage(2018, LogLevel.Information, "Every node knows state version {Version}: it is in force now")]
    public static partial void VersionRaised(ILogger logger, int version);

    [LoggerMessage(2012, LogLevel.Error, "No snapshot was made for nodes that are far behind, it is tried again in "
        + "half a minute or by another leader: {Reason}. What to do: free some space on this node's disk")]
    public static partial void SnapshotNotMade(ILogger logger, string reason);

    [LoggerMessage(2011, LogLevel.Debug, "Node {Node} did not answer while the cluster forms: {Reason}")]
    public static partial void NotIdentified(ILogger logger, int node, string reason);

    [LoggerMessage(2015, LogLevel.Warning, "A caller on the node port was refused: {Reason}")]
    public static partial void CallerRefused(ILogger logger, string reason);

    [LoggerMessage(2019, LogLevel.Warning, "A command that node {Node} forwarded was left out, for it {Fault}: its "
        + "program is at fault, or another one. What to do: compare the programs of the nodes, and replace that one")]
    public static partial void CommandRefused(ILogger logger, int node, string fault);

    [LoggerMessage(2013, LogLevel.Information, "The bundle was replaced; its certificate ends {NotAfter}")]
    public static partial void BundleRenewed(ILogger logger, string notAfter);

    [LoggerMessage(2020, LogLevel.Information, "Other authorities count: {Clients} connections of clients from before "
        + "the newest and {Nodes} with nodes by a retired one are ended; who is of the cluster comes back by itself")]
    public static partial void ConnectionsEnded(ILogger logger, int clients, int nodes);

    [LoggerMessage(2014, LogLevel.Warning, "What was put in a certificate's place is not used: {Reason}")]
    public static partial void BundleNotRenewed(ILogger logger, string reason);

    [LoggerMessage(2016, LogLevel.Warning, "{Warning}")]
    public static partial void CertificateEnds(ILogger logger, string warning);

    [LoggerMessage(
        2022,
        LogLevel.Warning,
        "--password-hash-kib {Kib}: {Usual} or more expected where a network reaches the node, for whoever gets at its "
        + "disk guesses passwords that much faster. What to do: leave the flag out; each account's next login makes "
        + "its hash anew")]
    public static partial void PasswordHashesCheap(ILogger logger, int kib, int usual);

    [LoggerMessage(2017, LogLevel.Information, "The certificate for clients was replaced; it ends {NotAfter}")]
    public static partial void ClientCertificateRenewed(ILogger logger, string notAfter);

    [LoggerMessage(2025, LogLevel.Information, "Node {Node} has caught up and votes from now on")]
    public static partial void LearnerVotes(ILogger logger, int node);

    [LoggerMessage(2023, LogLevel.Information, "The index for searches is made anew: {Reason}")]
    public static partial void SearchRemade(ILogger logger, string reason);

    [LoggerMessage(2024, LogLevel.Warning, "The index for searches is not kept up, which is tried again by itself; "
        + "until then searches say that they may be incomplete: {Reason}")]
    public static partial void SearchPaused(ILogger logger, string reason);

    [LoggerMessage(2031, LogLevel.Information, "An administrator had this node stopped through the leader, node "
        + "{Leader}: whoever watches over the process starts it again")]
    public static partial void RestartAsked(ILogger logger, int leader);

    [LoggerMessage(2030, LogLevel.Warning, "systemd was not told {State}: {Reason}")]
    public static partial void SystemdNotTold(ILogger logger, string state, string reason);
}
