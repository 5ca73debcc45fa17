using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>How messages and entries read in a scenario.</summary>
internal static class ScenarioWords
{
    public static string Of(Entry entry) =>
        $"{entry.Index}/{entry.Term}:{(entry.Kind == EntryKind.Command ? TestNode.TextOf(entry) : entry.Kind)}";

    public static string Of(Message message) =>
        $"{message.From} -> {message.To} {message.Term} {Content(message)}";

    private static string Content(Message message) => message switch
    {
        Message.VoteRequest vote =>
            $"{(vote.IsPreVote ? "would you vote" : "vote")}{(vote.IsTransfer ? " (transfer)" : "")}, "
            + $"log ends at {vote.LastLogIndex}/{vote.LastLogTerm}",
        Message.VoteResponse vote =>
            $"{(vote.IsPreVote ? "pre-vote" : "vote")} {(vote.Granted ? "granted" : "refused")}",
        Message.AppendRequest append =>
            $"append after {append.PreviousIndex}/{append.PreviousTerm} "
            + $"[{string.Join(' ', append.Entries.Select(Of))}] commit {append.CommitIndex}",
        Message.AppendResponse { Success: true } append => $"matches up to {append.MatchIndex}",
        Message.AppendResponse append =>
            $"refuses after {append.RejectedIndex}: {append.ConflictTerm} from {append.ConflictIndex}",
        Message.HeartbeatRequest { Round: Message.HeartbeatRequest.NoRound } told => $"committed {told.CommitIndex}",
        Message.HeartbeatRequest heartbeat => $"heartbeat {heartbeat.Round} commit {heartbeat.CommitIndex}",
        Message.HeartbeatResponse heartbeat => $"heartbeat {heartbeat.Round} heard, log ends at {heartbeat.LastIndex}",
        Message.TimeoutNow => "campaign now",
        Message.SnapshotOffer offer => $"offers snapshot {offer.Index}/{offer.SnapshotTerm}",
        Message.ReadIndexRequest => "asks for a read index",
        Message.ReadIndexResponse read => $"read index {read.ReadIndex}",
        _ => throw new FormatException(message.GetType().Name),
    };
}
