using System.Runtime.CompilerServices;
using Parley.Raft;
using Parley.Simulation.Faults;
using Parley.Simulation.Machines;

namespace Parley.Simulation.Checks;

/// <summary>
/// The safety properties of consensus (dissertation §3.2), checked at every step from outside: of what nodes hand to
/// their disks, say to each other, commit and apply. It sees all machines at once, as no node can.
/// </summary>
internal sealed class ConsensusChecks(World world)
{
    private readonly Dictionary<(long Index, long Term), (ulong Print, long PreviousTerm)> written = [];
    private readonly Dictionary<long, (int Node, long Boot)> leaders = [];
    private readonly List<CommittedMark> committed = [];
    private readonly Dictionary<long, (Core.StateDigest Digest, int Node)> digests = [];

    /// <summary>The highest index any node has called committed.</summary>
    public long HighestCommitted => committed.Count;

    public Membership CommittedMembership { get; private set; } = world.Membership;

    /// <summary>A node handed these entries to its disk thread.</summary>
    public void Handed(NodeProcess process, IReadOnlyList<Entry> entries)
    {
        var view = process.View;
        foreach (var entry in entries)
        {
            var index = entry.Index.Value;
            Hold(index > process.LastCommitIndex, Properties.StateMachineSafety,
                process, $"replaces committed entry {index} (committed {process.LastCommitIndex})");
            Hold(index <= view.LastIndex + 1, Properties.LogMatching,
                process, $"entry {index} leaves a gap after {view.LastIndex}");
            if (index <= view.LastIndex)
            {
                world.Hit(Failpoint.SuffixTruncated);
                if (view.MembershipIndex >= index)
                {
                    world.Hit(Failpoint.ChangeReplaced);
                }
            }

            view.Truncate(index);
            ChangesOneVoter(process, entry);
            Hold(view.Find(index - 1) is not { } before || before.TimeUs <= entry.TimeUs, Properties.LogTime,
                process, $"entry {index} is stamped before the one in front of it");
            var fact = (LogMark.Of(entry).Print, view.LastTerm);
            if (!IsPrivate(process, entry))
            {
                Hold(!written.TryGetValue((index, entry.Term.Value), out var known) || known == fact,
                    Properties.LogMatching, process, $"entry {index} of {entry.Term} differs from another's");
                written[(index, entry.Term.Value)] = fact;
            }

            view.Replace([entry]);
        }
    }

    /// <summary>A node is about to send; what a promise rests on must be on its disk.</summary>
    public void Sending(NodeProcess process, Message message)
    {
        var synced = process.Machine.Synced;
        switch (world.LooksInside ? message : null)
        {
            case Message.VoteResponse { IsPreVote: false, Granted: true } vote:
                // A vote of a term that is over binds nobody: one sync may have covered vote and next term.
                Hold(synced.HardState.Term > vote.Term
                    || (synced.HardState.Term == vote.Term && synced.HardState.VotedFor == vote.To.Id),
                    Properties.PromiseIsSynced, process, $"vote for {vote.To} in {vote.Term} left before its sync");
                break;
            case Message.AppendResponse { Success: true } append:
                // Neither does an answer of such a term: one sync may have covered the entries and what a later leader,
                // who was not elected against them, put in their place.
                Hold(synced.HardState.Term > append.Term
                    || (synced.HardState.Term == append.Term && append.MatchIndex.Value <= synced.LastIndex),
                    Properties.PromiseIsSynced, process,
                    $"append of {append.Term} up to {append.MatchIndex} answered, synced {synced.LastIndex}");
                break;
            case Message.VoteRequest { IsPreVote: false } request:
                Hold(synced.HardState.Term >= request.Term, Properties.PromiseIsSynced, process,
                    $"campaigns in {request.Term} before that term is synced");
                break;
            default:
                break;
        }
    }

    /// <summary>A node's term and vote are on its disk now: a term has one vote (dissertation §3.4).</summary>
    public void Voting(NodeProcess process, HardState? hardState)
    {
        var before = process.Machine.Synced.HardState;
        Hold(!world.LooksInside || hardState is not { } now || now.Term > before.Term
            || (now.Term == before.Term && (before.VotedFor == NodeId.None || now.VotedFor == before.VotedFor)),
            Properties.OneVote, process, $"wrote {hardState} after {before}");
    }

    /// <summary>The core has taken an input and all it wanted done was taken from it.</summary>
    public void AfterStep(NodeProcess process)
    {
        var core = process.Core;
        Hold(core.Term.Value >= process.LastTerm, Properties.TermNeverFalls,
            process, $"term {core.Term} after {process.LastTerm}");
        Hold(core.Membership.Members.SequenceEqual(process.View.Membership.Members), Properties.NewestMembership,
            process, $"counts with other members than its log names at {process.View.MembershipIndex}");
        var leads = core.Role == RaftRole.Leader;
        if (leads && process.NoteLeading(core.Term.Value))
        {
            BecameLeader(process, core.Term.Value);
        }

        if (core.CommitIndex.Value > process.LastCommitIndex)
        {
            Committed(process, core.CommitIndex.Value, leads && process.LedAtLastStep(core.Term.Value));
        }

        world.Watch.Stepped(process);
        process.Remember(core.Term.Value, leads, core.CommitIndex.Value);
    }

    /// <summary>Entries are about to be given to a node's state.</summary>
    public void Applying(NodeProcess process, IReadOnlyList<Entry> entries)
    {
        foreach (var entry in entries)
        {
            var index = entry.Index.Value;
            Hold(index <= process.LastCommitIndex && index <= committed.Count, Properties.AppliedIsCommitted,
                process, $"applies {index}, committed {process.LastCommitIndex}");
            Hold(committed[(int)index - 1].Mark == LogMark.Of(entry), Properties.StateMachineSafety,
                process, $"applies another entry {index} than was committed");
            Hold(!world.LooksInside || process.Machine.Synced.Holds(index, entry.Term.Value),
                Properties.AppliedIsSynced,
                process, $"applies {index}, synced {process.Machine.Synced.LastIndex}");
        }
    }

    /// <summary>A node's state stands at this index with this digest.</summary>
    public void StateAt(NodeProcess process, long index, Core.StateDigest digest)
    {
        if (world.Plant == Plant.StateAltered)
        {
            return; // The node itself shall find it.
        }

        if (digests.TryGetValue(index, out var known))
        {
            Hold(known.Digest == digest, Properties.Digest, process,
                $"digest {digest} at {index}, node {known.Node} had {known.Digest}");
            return;
        }

        digests[index] = (digest, process.Machine.Id.Value);
    }

    /// <summary>A single voter leads before its vote is synced, and tells nobody: should it crash before that, the same
    /// term begins again with other entries.</summary>
    private static bool IsPrivate(NodeProcess process, Entry entry) =>
        process.Core.Role == RaftRole.Leader && process.Machine.Synced.HardState.Term < entry.Term;

    private void BecameLeader(NodeProcess process, long term)
    {
        var me = (process.Machine.Id.Value, process.Boot);
        Hold(!leaders.TryGetValue(term, out var other) || other == me, Properties.ElectionSafety,
            process, $"leads term {term}, so did node {other.Node}");
        leaders[term] = me;
        HoldsVotes(process, term);
        world.Watch.Leads(term);
        world.Trace.Mix(TraceKind.Leads, world.Time.NowUs, process.Machine.Id.Value, term);
        process.Note($"leads term {term}");
        for (var index = committed.Count; index > 0; index--)
        {
            // Completeness binds only leaders of terms after the one that committed it (dissertation §3.6.3).
            if (committed[index - 1].CommittedIn < term)
            {
                Hold(process.View.Holds(index, committed[index - 1].Mark.Term), Properties.LeaderCompleteness,
                    process, $"leads term {term} without committed entry {index}");
                return;
            }
        }
    }

    private void Committed(NodeProcess process, long commitIndex, bool asLeader)
    {
        var view = process.View;
        for (var index = Math.Max(process.LastCommitIndex, view.BaseIndex) + 1; index <= commitIndex; index++)
        {
            var found = view.Find(index);
            Hold(found is not null, Properties.StateMachineSafety, process, $"commits {index} without having it");
            var mark = found.GetValueOrDefault();
            if (index <= committed.Count)
            {
                Hold(committed[(int)index - 1].Mark == mark, Properties.StateMachineSafety,
                    process, $"commits another entry {index} than was committed");
                continue;
            }

            Hold(index == committed.Count + 1, Properties.StateMachineSafety,
                process, $"commits {index}, before it only {committed.Count} were");
            HoldsMajority(process, index, mark.Term);
            if (asLeader && mark.Term < process.Core.Term.Value)
            {
                world.Hit(Failpoint.OldTermCommitted);
            }

            committed.Add(new CommittedMark(mark, process.Core.Term.Value));
            CommittedMembership = view.MembershipAt(index);
            world.Trace.Mix(TraceKind.Committed, world.Time.NowUs, process.Machine.Id.Value, index);
        }

        if (asLeader && view.Find(commitIndex) is { } last)
        {
            Hold(last.Term == process.Core.Term.Value, Properties.OwnTermCommit,
                process, $"commits {commitIndex} of term {last.Term} by counting in term {process.Core.Term}");
        }
    }

    /// <summary>Consecutive memberships share a majority, and a leader changes them only when an entry of its term and
    /// all changes before are committed (dissertation §4.1 and its correction).</summary>
    private static void ChangesOneVoter(NodeProcess process, Entry entry)
    {
        if (entry.Kind != EntryKind.Membership)
        {
            return;
        }

        var view = process.View;
        var before = VotersOf(view.Membership);
        var after = VotersOf(MembershipCodec.Decode(entry.Payload.Span));
        var changed = before.Except(after).Count() + after.Except(before).Count();
        Hold(before.Count == 0 || changed <= 1, Properties.OneVoterAtATime,
            process, $"{entry.Index} changes {changed}");
        if (process.Core.Role == RaftRole.Leader && process.Core.Term == entry.Term)
        {
            var commit = process.LastCommitIndex;
            var term = commit == view.BaseIndex ? view.BaseTerm : view.Find(commit)?.Term;
            Hold(term == entry.Term.Value, Properties.ChangeAfterOwnCommit,
                process, $"changes members at {entry.Index} of {entry.Term}, committed {commit} is of t{term}");
            Hold(view.MembershipIndex <= commit, Properties.OneVoterAtATime,
                process, $"changes members at {entry.Index}, that at {view.MembershipIndex} is not committed");
        }
    }

    private static List<NodeKey> VotersOf(Membership membership) =>
        [.. membership.Members.Where(member => member.IsVoter).Select(member => member.Key)];

    private void HoldsMajority(NodeProcess process, long index, long term)
    {
        if (!world.LooksInside)
        {
            return;
        }

        var copies = 0;
        var voters = 0;
        foreach (var member in process.VotersAt(index).Members)
        {
            voters += member.IsVoter ? 1 : 0;
            copies += member.IsVoter && world.SyncedBy(member.Key)?.Holds(index, term) == true ? 1 : 0;
        }

        Hold(copies > voters / 2, Properties.CommitNeedsMajority,
            process, $"commits {index} with {copies} synced copies of {voters}");
    }

    /// <summary>Of those who vote by its own log, itself one of them, a majority has voted for it, synced: in this
    /// term, or it is in a later one by now.</summary>
    private void HoldsVotes(NodeProcess process, long term)
    {
        if (!world.LooksInside)
        {
            return;
        }

        var voters = VotersOf(process.View.Membership);
        var votes = voters.Count(key => key == process.Machine.Key
            || (world.SyncedBy(key)?.HardState is { } hard && (hard.Term.Value > term
                || (hard.Term.Value == term && hard.VotedFor == process.Machine.Id))));
        Hold(voters.Contains(process.Machine.Key) && votes > voters.Count / 2, Properties.ElectedByVoters,
            process, $"leads term {term} with {votes} votes of {voters.Count}");
    }

    private static void Hold(
        bool condition,
        string property,
        NodeProcess process,
        [InterpolatedStringHandlerArgument(nameof(condition))] HoldDetail detail)
    {
        if (!condition)
        {
            throw new PropertyBrokenException(property, $"{process.Machine.Id} {detail.Text}");
        }
    }

    private readonly record struct CommittedMark(LogMark Mark, long CommittedIn);
}
