using Parley.Raft;
using Parley.Simulation.Machines;

namespace Parley.Simulation.Checks;

/// <summary>Recognises failpoints in what nodes say, hear and become.</summary>
internal sealed class FailpointWatch(FailpointCounts counts)
{
    private readonly HashSet<long> transferTerms = [];
    private long highestLedTerm;

    public void Sent(Message message)
    {
        switch (message)
        {
            case Message.VoteResponse { Granted: false } vote:
                counts.Hit(vote.IsPreVote ? Failpoint.PreVoteRefused : Failpoint.VoteRefused);
                break;
            case Message.VoteRequest { IsTransfer: true, IsPreVote: false } request:
                transferTerms.Add(request.Term.Value);
                break;
            case Message.AppendResponse { Success: false } refusal:
                counts.Hit(Failpoint.AppendRefused);
                if (refusal.ConflictTerm != Term.None)
                {
                    counts.Hit(Failpoint.AppendBackedUpByTerm);
                }

                break;
            case Message.TimeoutNow:
                counts.Hit(Failpoint.TransferAsked);
                break;
            case Message.SnapshotOffer:
                counts.Hit(Failpoint.SnapshotOffered);
                break;
            default:
                break;
        }
    }

    public void Receiving(NodeProcess process, Message message)
    {
        var core = process.Core;
        switch (message)
        {
            case Message.AppendRequest or Message.HeartbeatRequest when message.Term < core.Term:
                counts.Hit(Failpoint.StaleLeaderHeard);
                break;
            case Message.AppendRequest { Entries.Count: > 0 } append when append.Term == core.Term
                && append.PreviousIndex.Value + append.Entries.Count < core.LastIndex.Value:
                counts.Hit(Failpoint.AppendShorterThanLog);
                break;
            case Message.SnapshotOffer offer when offer.Term < core.Term || offer.Index <= core.CommitIndex:
                counts.Hit(Failpoint.SnapshotOfferStale);
                break;
            default:
                break;
        }
    }

    /// <summary>Before the node notes what it is now: it still knows what it was.</summary>
    public void Stepped(NodeProcess process)
    {
        if (process.LedAtLastStep(process.LastTerm) && process.Core.Role != RaftRole.Leader)
        {
            counts.Hit(process.Core.Term.Value > process.LastTerm
                ? Failpoint.LeaderDeposed
                : Failpoint.LeaderSteppedDownUnheard);
        }
    }

    public void Leads(long term)
    {
        if (highestLedTerm > 0 && term > highestLedTerm + 1)
        {
            counts.Hit(Failpoint.TermWithoutLeader);
        }

        if (transferTerms.Contains(term))
        {
            counts.Hit(Failpoint.TransferWon);
        }

        highestLedTerm = Math.Max(highestLedTerm, term);
    }
}
