using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>How messages and entries read in a scenario.</summary>
internal static class ScenarioWords
{
    public static string Of(Entry entry) =>
        $"{entry.Index}/{entry.Term}:" + entry.Kind switch
        {
            EntryKind.Command => TestNode.TextOf(entry),
            EntryKind.Membership => string.Join(
                ',', MembershipCodec.Decode(entry.Payload.Span).Members.Select(Of)),
            _ => entry.Kind.ToString(),
        };

    public static string Of(Message message) =>
        $"{Of(message.From)} -> {Of(message.To)} {message.Term} {Content(message)}";

    /// <summary>Learners with a question mark.</summary>
    private static string Of(Member member) => $"{Of(member.Key)}{(member.IsVoter ? "" : "?")}";

    /// <summary>Founding members have the number of their id as incarnation; others show theirs.</summary>
    private static string Of(NodeKey key) =>
        key.Incarnation == (ulong)key.Id.Value ? $"{key.Id}" : $"{key.Id}({key.Incarnation})";

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
