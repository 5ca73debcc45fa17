using Google.Protobuf;
using Parley.Raft;
using Parley.Server.Node.V1;

namespace Parley.Server.Nodes;

/// <summary>RaftCore's messages as node/v1 has them, and back; payloads are not copied.</summary>
internal static class Wire
{
    private const int MessageBytes = 64;
    private const int EntryBytes = 32;

    /// <summary>About how many bytes it takes on the wire.</summary>
    public static int EstimateBytes(Message message)
    {
        var bytes = MessageBytes;
        if (message is Message.AppendRequest append)
        {
            for (var i = 0; i < append.Entries.Count; i++)
            {
                bytes += EntryBytes + append.Entries[i].Payload.Length;
            }
        }

        return bytes;
    }

    public static RaftMessage ToWire(Message message)
    {
        var wire = new RaftMessage { Term = message.Term.Value };
        switch (message)
        {
            case Message.AppendRequest append:
                wire.AppendRequest = ToWire(append);
                break;
            case Message.AppendResponse answer:
                wire.AppendResponse = new AppendResponse
                {
                    Success = answer.Success,
                    MatchIndex = answer.MatchIndex.Value,
                    RejectedIndex = answer.RejectedIndex.Value,
                    ConflictTerm = answer.ConflictTerm.Value,
                    ConflictIndex = answer.ConflictIndex.Value,
                };
                break;
            case Message.HeartbeatRequest beat:
                wire.HeartbeatRequest = new HeartbeatRequest
                {
                    CommitIndex = beat.CommitIndex.Value,
                    LeaderCommit = beat.LeaderCommit.Value,
                    Round = beat.Round,
                    Unheard = beat.IsUnheard,
                };
                break;
            case Message.HeartbeatResponse answer:
                wire.HeartbeatResponse = new HeartbeatResponse
                {
                    Round = answer.Round,
                    LastIndex = answer.LastIndex.Value,
                };
                break;
            case Message.VoteRequest vote:
                wire.VoteRequest = new VoteRequest
                {
                    PreVote = vote.IsPreVote,
                    LastLogIndex = vote.LastLogIndex.Value,
                    LastLogTerm = vote.LastLogTerm.Value,
                    Transfer = vote.IsTransfer,
                };
                break;
            case Message.VoteResponse answer:
                wire.VoteResponse = new VoteResponse { PreVote = answer.IsPreVote, Granted = answer.Granted };
                break;
            default:
                RareToWire(message, wire);
                break;
        }

        return wire;
    }

    /// <summary>Null for what this program does not know.</summary>
    public static Message? FromWire(RaftMessage wire, NodeKey from, NodeKey to)
    {
        var term = new Term(wire.Term);
        return wire.MessageCase switch
        {
            RaftMessage.MessageOneofCase.AppendRequest => FromWire(wire.AppendRequest, from, to, term),
            RaftMessage.MessageOneofCase.AppendResponse => new Message.AppendResponse
            {
                From = from,
                To = to,
                Term = term,
                Success = wire.AppendResponse.Success,
                MatchIndex = new LogIndex(wire.AppendResponse.MatchIndex),
                RejectedIndex = new LogIndex(wire.AppendResponse.RejectedIndex),
                ConflictTerm = new Term(wire.AppendResponse.ConflictTerm),
                ConflictIndex = new LogIndex(wire.AppendResponse.ConflictIndex),
            },
            RaftMessage.MessageOneofCase.HeartbeatRequest => new Message.HeartbeatRequest
            {
                From = from,
                To = to,
                Term = term,
                CommitIndex = new LogIndex(wire.HeartbeatRequest.CommitIndex),
                LeaderCommit = new LogIndex(wire.HeartbeatRequest.LeaderCommit),
                Round = wire.HeartbeatRequest.Round,
                IsUnheard = wire.HeartbeatRequest.Unheard,
            },
            RaftMessage.MessageOneofCase.HeartbeatResponse => new Message.HeartbeatResponse
            {
                From = from,
                To = to,
                Term = term,
                Round = wire.HeartbeatResponse.Round,
                LastIndex = new LogIndex(wire.HeartbeatResponse.LastIndex),
            },
            RaftMessage.MessageOneofCase.VoteRequest => new Message.VoteRequest
            {
                From = from,
                To = to,
                Term = term,
                IsPreVote = wire.VoteRequest.PreVote,
                LastLogIndex = new LogIndex(wire.VoteRequest.LastLogIndex),
                LastLogTerm = new Term(wire.VoteRequest.LastLogTerm),
                IsTransfer = wire.VoteRequest.Transfer,
            },
            RaftMessage.MessageOneofCase.VoteResponse => new Message.VoteResponse
            {
                From = from,
                To = to,
                Term = term,
                IsPreVote = wire.VoteResponse.PreVote,
                Granted = wire.VoteResponse.Granted,
            },
            _ => RareOf(wire, from, to, term),
        };
    }

    private static AppendRequest ToWire(Message.AppendRequest append)
    {
        var wire = new AppendRequest
        {
            PreviousIndex = append.PreviousIndex.Value,
            PreviousTerm = append.PreviousTerm.Value,
            CommitIndex = append.CommitIndex.Value,
        };
        wire.Entries.Capacity = append.Entries.Count;
        for (var i = 0; i < append.Entries.Count; i++)
        {
            var entry = append.Entries[i];
            wire.Entries.Add(new LogEntry
            {
                Term = entry.Term.Value,
                Kind = (int)entry.Kind,
                TimeUs = entry.TimeUs,
                Payload = UnsafeByteOperations.UnsafeWrap(entry.Payload), // Entries never change.
            });
        }

        return wire;
    }

    private static Message.AppendRequest? FromWire(AppendRequest wire, NodeKey from, NodeKey to, Term term)
    {
        var entries = new Entry[wire.Entries.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = wire.Entries[i];
            if (entry.Kind is < (int)EntryKind.NoOp or > (int)EntryKind.Membership)
            {
                return null;
            }

            entries[i] = new Entry
            {
                Index = new LogIndex(wire.PreviousIndex + 1 + i),
                Term = new Term(entry.Term),
                Kind = (EntryKind)entry.Kind,
                TimeUs = entry.TimeUs,
                Payload = entry.Payload.Memory,
            };
        }

        return new Message.AppendRequest
        {
            From = from,
            To = to,
            Term = term,
            PreviousIndex = new LogIndex(wire.PreviousIndex),
            PreviousTerm = new Term(wire.PreviousTerm),
            CommitIndex = new LogIndex(wire.CommitIndex),
            Entries = entries,
        };
    }

    private static void RareToWire(Message message, RaftMessage wire)
    {
        switch (message)
        {
            case Message.TimeoutNow:
                wire.TimeoutNow = new TimeoutNow();
                break;
            case Message.SnapshotOffer offer:
                wire.SnapshotOffer = new SnapshotOffer
                {
                    Index = offer.Index.Value,
                    SnapshotTerm = offer.SnapshotTerm.Value,
                };
                break;
            case Message.ReadIndexRequest ask:
                wire.ReadIndexRequest = new ReadIndexRequest { Number = ask.Number };
                break;
            case Message.ReadIndexResponse answer:
                wire.ReadIndexResponse = new ReadIndexResponse
                {
                    Number = answer.Number,
                    ReadIndex = answer.ReadIndex.Value,
                };
                break;
            case Message.LeaderInquiry:
                wire.LeaderInquiry = new LeaderInquiry();
                break;
            case Message.LeaderNews news:
                wire.LeaderNews = new LeaderNews { Leader = news.Leader.Value, SilentTicks = news.SilentTicks };
                break;
            default:
                throw new InvariantBrokenException($"unknown message {message}");
        }
    }

    private static Message? RareOf(RaftMessage wire, NodeKey from, NodeKey to, Term term) => wire.MessageCase switch
    {
        RaftMessage.MessageOneofCase.TimeoutNow => new Message.TimeoutNow { From = from, To = to, Term = term },
        RaftMessage.MessageOneofCase.SnapshotOffer => new Message.SnapshotOffer
        {
            From = from,
            To = to,
            Term = term,
            Index = new LogIndex(wire.SnapshotOffer.Index),
            SnapshotTerm = new Term(wire.SnapshotOffer.SnapshotTerm),
        },
        RaftMessage.MessageOneofCase.ReadIndexRequest => new Message.ReadIndexRequest
        {
            From = from,
            To = to,
            Term = term,
            Number = wire.ReadIndexRequest.Number,
        },
        RaftMessage.MessageOneofCase.ReadIndexResponse => new Message.ReadIndexResponse
        {
            From = from,
            To = to,
            Term = term,
            Number = wire.ReadIndexResponse.Number,
            ReadIndex = new LogIndex(wire.ReadIndexResponse.ReadIndex),
        },
        RaftMessage.MessageOneofCase.LeaderInquiry => new Message.LeaderInquiry { From = from, To = to, Term = term },
        RaftMessage.MessageOneofCase.LeaderNews => new Message.LeaderNews
        {
            From = from,
            To = to,
            Term = term,
            Leader = new NodeId(wire.LeaderNews.Leader),
            SilentTicks = wire.LeaderNews.SilentTicks,
        },
        _ => null,
    };
}
